// The room: the parts of the ELF64 format that a loader reads, byte for byte as they lie in a file.
// Not here: judging them (elf_image).
// The fields are laid out without padding, so a checked memcpy out of the file reads them on a little-endian host.
#pragma once

#include <bit>
#include <cstdint>

namespace roost::elf {

static_assert(std::endian::native == std::endian::little, "RISC-V ELF files are little-endian, and so is the host");

struct Header {
  std::uint8_t magic[4];  // 7f 'E' 'L' 'F'
  std::uint8_t elf_class;
  std::uint8_t data;
  std::uint8_t ident_version;
  std::uint8_t os_abi;
  std::uint8_t padding[8];
  std::uint16_t type;
  std::uint16_t machine;
  std::uint32_t version;
  std::uint64_t entry;
  std::uint64_t program_headers;  // file offset
  std::uint64_t section_headers;  // file offset
  std::uint32_t flags;
  std::uint16_t header_size;
  std::uint16_t program_header_size;
  std::uint16_t program_header_count;
  std::uint16_t section_header_size;
  std::uint16_t section_header_count;
  std::uint16_t section_names;
};
static_assert(sizeof(Header) == 64);

struct ProgramHeader {
  std::uint32_t type;
  std::uint32_t flags;
  std::uint64_t offset;
  std::uint64_t virtual_address;
  std::uint64_t physical_address;
  std::uint64_t file_size;
  std::uint64_t memory_size;
  std::uint64_t alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

struct SectionHeader {
  std::uint32_t name;
  std::uint32_t type;
  std::uint64_t flags;
  std::uint64_t address;
  std::uint64_t offset;
  std::uint64_t size;
  std::uint32_t link;
  std::uint32_t info;
  std::uint64_t alignment;
  std::uint64_t entry_size;
};
static_assert(sizeof(SectionHeader) == 64);

struct Symbol {
  std::uint32_t name;
  std::uint8_t info;
  std::uint8_t other;
  std::uint16_t section;
  std::uint64_t value;
  std::uint64_t size;
};
static_assert(sizeof(Symbol) == 24);

inline constexpr std::uint8_t kClass64 = 2;
inline constexpr std::uint8_t kLittleEndian = 1;
inline constexpr std::uint16_t kTypeExecutable = 2;
inline constexpr std::uint16_t kTypeShared = 3;
inline constexpr std::uint16_t kMachineRiscv = 243;
inline constexpr std::uint32_t kSegmentLoad = 1;
inline constexpr std::uint32_t kSegmentInterpreter = 3;
inline constexpr std::uint32_t kSectionSymbols = 2;
inline constexpr std::uint16_t kSymbolUndefined = 0;

}  // namespace roost::elf
