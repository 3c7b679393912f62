#include "vmm/workload/distribution.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace roost {

namespace {

__extension__ using Wide = unsigned __int128;

/// Q[k] = sum of (ln 2)^i / i! for i = 1 .. k, in 2^-64; the last is 1 as far as 64 bits can tell.
constexpr std::array<std::uint64_t, 17> kSums{
    0x0000000000000000, 0xb17217f7d1cf79ab, 0xeef193f6d75a96fc, 0xfd27186259aaf6c2, 0xff9d6dd050f4c5a7,
    0xfff4cfcfef1e626b, 0xfffee81886e1c62f, 0xffffe7fe850e0bb5, 0xfffffe2a8731b17d, 0xffffffdfac6eeadc,
    0xfffffffdf9640067, 0xffffffffe22ec79c, 0xfffffffffe6a9ded, 0xffffffffffebff81, 0xffffffffffff1417,
    0xfffffffffffff5ce, 0xffffffffffffffff};
constexpr std::uint64_t kLn2 = kSums[1];

}  // namespace

Duration Drawer::scaled(Duration span, std::uint64_t parts) {
  const Wide product = Wide{static_cast<std::uint64_t>(nanoseconds(span))} * parts + carry_;
  carry_ = static_cast<std::uint32_t>(product);
  return Duration{static_cast<std::int64_t>(product >> 32)};
}

/// Knuth, The Art of Computer Programming 3.4.1, algorithm S: -ln U from comparisons alone. In 2^-32.
std::uint64_t Drawer::exponential_parts() {
  std::uint64_t bits = random_.next();
  const int ones = std::countl_one(bits);  // 64 only once in 2^64 draws; then the next word goes on
  bits = ones >= 63 ? random_.next() : bits << (ones + 1) | (random_.next() >> (63 - ones));
  const auto whole = static_cast<std::uint64_t>(ones);
  if (bits < kLn2) return (whole * (kLn2 >> 8) + (bits >> 8)) >> 24;
  std::uint64_t least = random_.next();
  for (std::size_t k = 2; least = std::min(least, random_.next()), k < kSums.size() - 1 && bits >= kSums[k]; ++k) {}
  const Wide product = (Wide{whole} << 64 | least) * (kLn2 >> 8);
  return static_cast<std::uint64_t>(product >> 64) >> 24;
}

Duration Drawer::draw(const Distribution& from) {
  switch (from.kind) {
    case Distribution::Kind::Constant: return from.a;
    case Distribution::Kind::Uniform: return from.a + scaled(from.b - from.a, random_.next() >> 32);
    case Distribution::Kind::Exponential: return scaled(from.a, exponential_parts());
  }
  return Duration{0};
}

}  // namespace roost
