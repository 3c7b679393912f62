#include "vmm/machine/elf_image.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "vmm/machine/elf_format.hpp"

namespace roost {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic{0x7f, 'E', 'L', 'F'};

using Bytes = std::span<const std::byte>;

/// The bytes [offset, offset + size) of the file, or nothing if any of them lies outside.
std::optional<Bytes> cut(Bytes file, std::uint64_t offset, std::uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  return file.subspan(offset, size);
}

template <typename T>
std::optional<T> read(Bytes file, std::uint64_t offset) {
  const auto bytes = cut(file, offset, sizeof(T));
  if (!bytes) return std::nullopt;
  T out;
  std::memcpy(&out, bytes->data(), sizeof(T));
  return out;
}

/// Entry `index` of a table of records, each at least a T long.
template <typename T>
std::optional<T> entry(Bytes file, std::uint64_t table, std::uint64_t index, std::uint64_t stride) {
  if (table > file.size() || stride < sizeof(T) || stride > file.size()) return std::nullopt;
  if (index > file.size() / stride) return std::nullopt;  // so that the product below cannot wrap
  return read<T>(file, table + index * stride);
}

class Parser {
 public:
  Parser(std::string_view name, Bytes file) : name_(name), file_(file) {}

  Result<ElfImage> parse() {
    if (auto refused = read_header()) return *refused;
    if (auto refused = read_segments()) return *refused;
    if (auto refused = find_entry()) return *refused;
    find_htif();
    return std::move(image_);
  }

 private:
  template <typename... Args>
  Error error(fmt::format_string<Args...> format, Args&&... args) const {
    return Error{fmt::format("{}: {}", name_, fmt::format(format, std::forward<Args>(args)...))};
  }

  std::optional<Error> read_header() {
    const auto header = read<elf::Header>(file_, 0);
    if (!header || !looks_like_elf(file_)) return error("is not a whole ELF file ({} bytes)", file_.size());
    header_ = *header;
    if (header_.elf_class != elf::kClass64)
      return error("is a 32-bit ELF file; a machine here is 64-bit: build it for rv64");
    if (header_.data != elf::kLittleEndian) return error("is a big-endian ELF file; RISC-V here is little-endian");
    if (header_.machine != elf::kMachineRiscv)
      return error("is an ELF file for machine {}{}, not for RISC-V (243): build it with a riscv64 compiler",
                   header_.machine, header_.machine == 62 ? " (x86-64)" : "");
    if (header_.type != elf::kTypeExecutable && header_.type != elf::kTypeShared)
      return error("is an ELF file of type {}, not an executable: link it first", header_.type);
    return std::nullopt;
  }

  std::optional<Error> read_segments() {
    for (std::uint32_t number = 0; number < header_.program_header_count; ++number) {
      const auto segment =
          entry<elf::ProgramHeader>(file_, header_.program_headers, number, header_.program_header_size);
      if (!segment) return error("its program header {} lies outside the file: it is cut short or damaged", number);
      if (segment->type == elf::kSegmentInterpreter)
        return error("needs a dynamic loader; a machine has none: link it statically (-static)");
      if (segment->type != elf::kSegmentLoad || segment->memory_size == 0) continue;
      if (auto refused = add_segment(number, *segment)) return refused;
    }
    if (image_.segments.empty()) return error("has no segment to load (PT_LOAD): link it as an executable");
    return std::nullopt;
  }

  std::optional<Error> add_segment(std::uint32_t number, const elf::ProgramHeader& segment) {
    if (segment.file_size > segment.memory_size)
      return error("segment {} has {} bytes in the file but only {} in memory: it is damaged", number,
                   segment.file_size, segment.memory_size);
    if (segment.memory_size > UINT64_MAX - segment.physical_address)
      return error("segment {} ({:#x}, {} bytes) runs past the end of the address space", number,
                   segment.physical_address, segment.memory_size);
    const auto bytes = cut(file_, segment.offset, segment.file_size);
    if (!bytes)
      return error("segment {} wants bytes {} to +{} of a file of {}: it is cut short", number, segment.offset,
                   segment.file_size, file_.size());
    image_.segments.push_back({number, GuestPhys{segment.physical_address}, *bytes, segment.memory_size});
    links_.push_back(segment);
    return std::nullopt;
  }

  /// Where the byte that was linked at virtual address `at` is loaded: a segment's two addresses may differ.
  std::optional<GuestPhys> loaded_at(std::uint64_t at) const {
    for (const auto& segment : links_)
      if (at >= segment.virtual_address && at - segment.virtual_address < segment.memory_size)
        return GuestPhys{segment.physical_address + (at - segment.virtual_address)};
    return std::nullopt;
  }

  std::optional<Error> find_entry() {
    const auto at = loaded_at(header_.entry);
    if (!at) return error("its entry {:#x} lies in none of its segments: give the linker an entry (-e)", header_.entry);
    image_.entry = *at;
    return std::nullopt;
  }

  /// A damaged symbol table is no reason to refuse: without the names there is no HTIF.
  void find_htif() {
    for (std::uint32_t number = 0; number < header_.section_header_count; ++number) {
      const auto table =
          entry<elf::SectionHeader>(file_, header_.section_headers, number, header_.section_header_size);
      if (!table || table->type != elf::kSectionSymbols) continue;
      const auto names = entry<elf::SectionHeader>(file_, header_.section_headers, table->link,
                                                   header_.section_header_size);
      if (!names) continue;
      const auto symbols = cut(file_, table->offset, table->size);
      const auto strings = cut(file_, names->offset, names->size);
      if (symbols && strings) look_up(*symbols, *strings);
      return;  // an ELF file has one; a thousand that overlap would only cost time
    }
  }

  void look_up(Bytes symbols, Bytes strings) {
    for (std::uint64_t at = 0; const auto symbol = read<elf::Symbol>(symbols, at); at += sizeof(elf::Symbol)) {
      if (symbol->section == elf::kSymbolUndefined) continue;
      if (is_named(strings, symbol->name, "tohost")) image_.tohost = loaded_at(symbol->value);
      if (is_named(strings, symbol->name, "fromhost")) image_.fromhost = loaded_at(symbol->value);
    }
  }

  static bool is_named(Bytes strings, std::uint64_t offset, std::string_view name) {
    const auto bytes = cut(strings, offset, name.size() + 1);  // with the zero behind it
    return bytes && std::memcmp(bytes->data(), name.data(), name.size()) == 0 && bytes->back() == std::byte{0};
  }

  std::string_view name_;
  Bytes file_;
  elf::Header header_{};
  std::vector<elf::ProgramHeader> links_;  // of image_.segments, in order
  ElfImage image_;
};

}  // namespace

bool looks_like_elf(std::span<const std::byte> file) {
  return file.size() >= kMagic.size() && std::memcmp(file.data(), kMagic.data(), kMagic.size()) == 0;
}

Result<ElfImage> parse_elf(std::string_view name, std::span<const std::byte> file) {
  return Parser(name, file).parse();
}

}  // namespace roost
