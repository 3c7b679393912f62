// The room: protobuf's wire format, read: the fields of one message, in order, from bytes that may be anything.
// Not here: writing it (protobuf), any schema.
// Invariants: nothing outside the bytes is looked at; after the first fault every next() is nothing and broken() holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace roost {

class ProtoReader {
 public:
  struct Field {
    std::uint32_t number = 0;
    std::uint64_t value = 0;      // varints and fixed ones
    std::string_view bytes{};     // of what has a length
    bool has_bytes = false;
  };

  explicit ProtoReader(std::string_view message) : left_(message) {}

  /// The next field, or nothing: at the end, or because the bytes are no message.
  std::optional<Field> next() {
    if (left_.empty() || broken_) return std::nullopt;
    const std::uint64_t key = varint();
    Field field{.number = static_cast<std::uint32_t>(key >> 3)};
    if (key >> 32 != 0 || field.number == 0) broken_ = true;
    switch (key & 7) {
      case 0: field.value = varint(); break;
      case 1: field.value = fixed(8); break;
      case 2: field.bytes = take(varint()), field.has_bytes = true; break;
      case 5: field.value = fixed(4); break;
      default: broken_ = true;  // groups, which nobody writes any more
    }
    return broken_ ? std::nullopt : std::optional(field);
  }
  bool broken() const { return broken_; }

  /// The integers of a packed repeated field; nothing if the bytes end within one.
  static std::optional<std::vector<std::uint64_t>> packed(std::string_view bytes) {
    ProtoReader reader(bytes);
    std::vector<std::uint64_t> out;
    while (!reader.left_.empty() && !reader.broken_) out.push_back(reader.varint());
    if (reader.broken_) return std::nullopt;
    return out;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (left_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(left_.front());
      left_.remove_prefix(1);
      if (shift < 64) value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    broken_ = true;
    return 0;
  }
  std::string_view take(std::uint64_t length) {
    if (length > left_.size()) {
      broken_ = true;
      return {};
    }
    const std::string_view out = left_.substr(0, length);
    left_.remove_prefix(length);
    return out;
  }
  std::uint64_t fixed(std::size_t bytes) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const char byte : take(bytes)) value |= std::uint64_t{static_cast<std::uint8_t>(byte)} << shift, shift += 8;
    return value;
  }

  std::string_view left_;
  bool broken_ = false;
};

}  // namespace roost
