#include "tests/differential/random/image.hpp"

#include <fstream>
#include <iterator>

#include "sched/vocabulary/check.hpp"

namespace roost::random_programs {
namespace {

template <typename T>
void append(Image& image, const T* values, std::size_t count) {
  const auto bytes = std::as_bytes(std::span(values, count));
  image.insert(image.end(), bytes.begin(), bytes.end());
}

}  // namespace

Image make_image(std::span<const std::byte> harness, std::span<const RandomProgram> programs, Detail detail) {
  Image image(harness.begin(), harness.end());
  check(image.size() <= kBatch - kImageBase, "the harness ends where the batch begins");
  image.resize(kBatch - kImageBase);
  const BatchHeader header{static_cast<std::uint32_t>(programs.size()), detail == Detail::Everything};
  append(image, &header, 1);
  for (const RandomProgram& program : programs) {
    const std::size_t start = image.size();
    append(image, &program.description, 1);
    append(image, program.code.data(), program.code.size());
    image.resize(start + program.description.bytes);
  }
  check(image.size() <= kBatchLimit - kImageBase, "a batch ends where scratch memory begins; make it smaller");
  return image;
}

std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::byte> bytes;
  for (std::istreambuf_iterator<char> at(file), end; at != end; ++at) bytes.push_back(static_cast<std::byte>(*at));
  return bytes;
}

}  // namespace roost::random_programs
