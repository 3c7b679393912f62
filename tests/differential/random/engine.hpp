// The room: who can run an image of random programs and give back what it printed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/differential/random/image.hpp"

namespace roost::random_programs {

/// The lines it printed. Fewer than expected when it hung (it was ended then) or gave up.
using Lines = std::vector<std::string>;

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;
  /// Ends by force when the limit is over.
  virtual Lines run(const Image& image, std::chrono::seconds limit) = 0;
};

class Qemu final : public Engine {
 public:
  /// `single_step`: QEMU translates each instruction alone.
  Qemu(std::string path, bool single_step) : path_(std::move(path)), single_step_(single_step) {}
  bool is_there() const;
  std::string name() const override { return single_step_ ? "QEMU, single steps" : "QEMU"; }
  Lines run(const Image& image, std::chrono::seconds limit) override;

 private:
  std::string path_;
  bool single_step_;
};

class Roost final : public Engine {
 public:
  std::string name() const override { return "Roost"; }
  Lines run(const Image& image, std::chrono::seconds limit) override;
};

/// Lines of whatever was printed; a last line without its end is left out.
Lines split_lines(const std::string& text);

}  // namespace roost::random_programs
