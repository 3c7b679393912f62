#include <algorithm>

#include "tools/guests/catalog.hpp"

namespace roost {

const EmbeddedGuest* find_guest(std::string_view name) {
  const std::span<const EmbeddedGuest> guests = embedded_guests();
  const auto found = std::ranges::find(guests, name, &EmbeddedGuest::name);
  return found == guests.end() ? nullptr : &*found;
}

}  // namespace roost
