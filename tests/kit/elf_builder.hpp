// The room: small ELF files made in a test, right or wrong in one thing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "vmm/machine/elf_format.hpp"

namespace roost::kit {

/// Builds header, program headers, contents and, with symbols, a symbol table. What a test wants wrong it changes in
/// the fields before bytes().
class ElfBuilder {
 public:
  ElfBuilder() {
    const std::uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
    std::memcpy(header.magic, magic, sizeof(magic));
    header.elf_class = elf::kClass64;
    header.data = elf::kLittleEndian;
    header.ident_version = 1;
    header.type = elf::kTypeExecutable;
    header.machine = elf::kMachineRiscv;
    header.version = 1;
    header.entry = 0x8000'0000;
    header.header_size = sizeof(elf::Header);
    header.program_header_size = sizeof(elf::ProgramHeader);
    header.section_header_size = sizeof(elf::SectionHeader);
  }

  elf::ProgramHeader& segment(std::uint64_t at, std::string contents, std::uint64_t memory_size) {
    segments.push_back({.type = elf::kSegmentLoad, .flags = 7, .offset = 0, .virtual_address = at,
                        .physical_address = at, .file_size = contents.size(), .memory_size = memory_size,
                        .alignment = 1});
    contents_.push_back(std::move(contents));
    return segments.back();
  }
  void symbol(const std::string& name, std::uint64_t value) {
    symbols.push_back({.name = static_cast<std::uint32_t>(names_.size()), .info = 0x10, .other = 0, .section = 1,
                       .value = value, .size = 8});
    names_ += name + '\0';
  }

  /// Offsets that are 0 are filled in; others are the test's.
  std::vector<std::byte> bytes() {
    std::string body;
    const std::uint64_t body_at = sizeof(header) + segments.size() * sizeof(elf::ProgramHeader);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (segments[i].offset == 0) segments[i].offset = body_at + body.size();
      body += contents_[i];
    }
    if (!symbols.empty()) add_symbols(body, body_at);
    header.program_headers = sizeof(header);
    if (header.program_header_count == 0) header.program_header_count = static_cast<std::uint16_t>(segments.size());
    std::string file;
    append(file, &header, 1);
    append(file, segments.data(), segments.size());
    file += body;
    const auto* first = reinterpret_cast<const std::byte*>(file.data());
    return {first, first + file.size()};
  }

  elf::Header header{};
  std::vector<elf::ProgramHeader> segments;
  std::vector<elf::Symbol> symbols;

 private:
  template <typename T>
  static void append(std::string& to, const T* from, std::size_t count) {
    to.append(reinterpret_cast<const char*>(from), count * sizeof(T));
  }

  void add_symbols(std::string& body, std::uint64_t body_at) {
    elf::SectionHeader table[2]{};
    table[0].type = elf::kSectionSymbols;
    table[0].offset = body_at + body.size();
    table[0].size = symbols.size() * sizeof(elf::Symbol);
    table[0].link = 1;
    append(body, symbols.data(), symbols.size());
    table[1].offset = body_at + body.size();
    table[1].size = names_.size();
    body += names_;
    header.section_headers = body_at + body.size();
    header.section_header_count = 2;
    append(body, table, 2);
  }

  std::vector<std::string> contents_;
  std::string names_;
};

}  // namespace roost::kit
