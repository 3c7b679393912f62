#include "vmm/machine/htif.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

namespace roost {
namespace {

constexpr std::uint64_t kPayload = (1ULL << 48) - 1;
constexpr std::uint64_t kCallWrite = 64, kCallExit = 93;
constexpr std::uint64_t kNoSuchCall = static_cast<std::uint64_t>(-38);  // -ENOSYS
constexpr std::uint64_t kBadAddress = static_cast<std::uint64_t>(-14);  // -EFAULT
constexpr std::uint64_t kCallBytes = 64;
constexpr std::uint64_t kMostPrinted = 64 * 1024;  // one call's; write() may be short

std::uint64_t load(const std::byte* host, unsigned index) {
  auto* words = reinterpret_cast<std::uint64_t*>(const_cast<std::byte*>(host));
  return std::atomic_ref(words[index]).load(std::memory_order_relaxed);
}

}  // namespace

Htif::Htif(const GuestRam& ram, ConsoleOutput& console, GuestPhys tohost, std::optional<GuestPhys> fromhost,
           std::function<void(int)> end)
    : ram_(ram), console_(console), tohost_(tohost), fromhost_(fromhost), end_(std::move(end)) {}

void Htif::on_tohost(std::uint64_t request) {
  if (request == 0) return;
  const std::uint64_t device = request >> 56, command = request >> 48 & 0xff, payload = request & kPayload;
  if (device == 0 && command == 0) {
    if (payload & 1) return end_(static_cast<int>(payload >> 1 & 0x7fffffff));
    system_call(GuestPhys{payload});
  } else if (device == 1 && command == 1) {
    const char character = static_cast<char>(payload & 0xff);
    console_.write({&character, 1});
  }
  store(tohost_, 0);  // taken
}

void Htif::system_call(GuestPhys arguments) {
  const std::byte* words = value(arguments) % 8 == 0 ? ram_.host(arguments, kCallBytes) : nullptr;
  if (words == nullptr) return;
  const std::uint64_t call = load(words, 0);
  if (call == kCallExit) return end_(static_cast<int>(load(words, 1) & 0x7fffffff));
  store(arguments, call == kCallWrite ? print(load(words, 2), load(words, 3)) : kNoSuchCall);
  if (fromhost_) store(*fromhost_, 1);
}

std::uint64_t Htif::print(std::uint64_t from, std::uint64_t length) {
  length = std::min(length, kMostPrinted);
  const std::byte* bytes = ram_.host(GuestPhys{from}, length);
  if (bytes == nullptr) return kBadAddress;
  const std::string copy(reinterpret_cast<const char*>(bytes), length);  // the guest may go on writing there
  console_.write(copy);
  return length;
}

/// The order of a device: all that the call has done is seen by who sees this word.
void Htif::store(GuestPhys at, std::uint64_t word) const {
  auto* host = reinterpret_cast<std::uint64_t*>(ram_.host(at, sizeof(word)));
  std::atomic_ref(*host).store(word, std::memory_order_release);
}

}  // namespace roost
