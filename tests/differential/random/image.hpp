// The room: a batch of random programs as one raw image: the harness, then the batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/differential/random/random_program.hpp"

namespace roost::random_programs {

using Image = std::vector<std::byte>;

enum class Detail : std::uint8_t { Digest, Everything };

/// `harness` is the file that the build made of harness/. Batches beyond kBatchLimit are a check().
Image make_image(std::span<const std::byte> harness, std::span<const RandomProgram> programs, Detail detail);

std::vector<std::byte> read_file(const std::string& path);

}  // namespace roost::random_programs
