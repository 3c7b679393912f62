// The room: names for the numbers of the privileged architecture (priv 1.12): modes, causes, bits of mstatus.
// Not here: CSR numbers (csr_numbers), instruction fields (encoding).
#pragma once

#include <cstdint>

namespace roost::rv64 {

enum class Privilege : std::uint8_t { User = 0, Supervisor = 1, Machine = 3 };

/// mcause of the synchronous exceptions.
enum class Cause : std::uint8_t {
  FetchMisaligned = 0,
  FetchAccess = 1,
  Illegal = 2,
  Breakpoint = 3,
  LoadMisaligned = 4,
  LoadAccess = 5,
  StoreMisaligned = 6,
  StoreAccess = 7,
  EcallFromUser = 8,
  EcallFromSupervisor = 9,
  EcallFromMachine = 11,
  FetchPage = 12,
  LoadPage = 13,
  StorePage = 15,
  None = 0xff,
};

enum class Access : std::uint8_t { Load, Store, Fetch };

constexpr Cause access_fault(Access access) {
  return access == Access::Load ? Cause::LoadAccess : access == Access::Store ? Cause::StoreAccess : Cause::FetchAccess;
}
constexpr Cause page_fault(Access access) {
  return access == Access::Load ? Cause::LoadPage : access == Access::Store ? Cause::StorePage : Cause::FetchPage;
}

inline constexpr std::uint64_t kPageSize = 4096;
inline constexpr std::uint64_t kPageMask = ~(kPageSize - 1);

namespace mstatus {
inline constexpr std::uint64_t kSie = 1ULL << 1;
inline constexpr std::uint64_t kMie = 1ULL << 3;
inline constexpr std::uint64_t kSpie = 1ULL << 5;
inline constexpr std::uint64_t kMpie = 1ULL << 7;
inline constexpr std::uint64_t kSpp = 1ULL << 8;
inline constexpr unsigned kMppShift = 11;
inline constexpr std::uint64_t kMpp = 3ULL << kMppShift;
inline constexpr std::uint64_t kFs = 3ULL << 13;  // 0 off, 1 initial, 2 clean, 3 dirty
inline constexpr std::uint64_t kMprv = 1ULL << 17;
inline constexpr std::uint64_t kSum = 1ULL << 18;
inline constexpr std::uint64_t kMxr = 1ULL << 19;
inline constexpr std::uint64_t kTvm = 1ULL << 20;
inline constexpr std::uint64_t kTw = 1ULL << 21;
inline constexpr std::uint64_t kTsr = 1ULL << 22;
inline constexpr std::uint64_t kUxl64 = 2ULL << 32;
inline constexpr std::uint64_t kSxl64 = 2ULL << 34;
inline constexpr std::uint64_t kSd = 1ULL << 63;  // computed: FS is dirty
}  // namespace mstatus

/// misa: RV64 with A, C, D, F, I, M, S, U; nothing of it can be switched off.
inline constexpr std::uint64_t kMisaValue = 2ULL << 62 | 1ULL << ('A' - 'A') | 1ULL << ('C' - 'A') |
                                            1ULL << ('D' - 'A') | 1ULL << ('F' - 'A') | 1ULL << ('I' - 'A') |
                                            1ULL << ('M' - 'A') | 1ULL << ('S' - 'A') | 1ULL << ('U' - 'A');

}  // namespace roost::rv64
