// The room: where the consoles of all VMs of a run go: straight to standard output, in lines with the VM's name before
// each, to a file, or nowhere.
// Not here: writing (output_stream), reading standard input (run_io).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sched/vocabulary/result.hpp"
#include "tools/cli/output_stream.hpp"

namespace roost {

struct ConsoleMode {
  enum class Kind { Auto, Off, File } kind = Kind::Auto;
  std::string path;  // File
};
/// "auto", "off" or "file:PATH".
Result<ConsoleMode> parse_console_mode(std::string_view text);

class Console {
 public:
  /// One VM's bytes go out as they are; those of several go out line by line, "[a] ...".
  static Result<std::unique_ptr<Console>> open(const ConsoleMode& mode, std::vector<std::string> vm_names);
  ~Console();

  /// What a machine calls with its console's bytes; null when they go nowhere. Each receiver has one caller at a time.
  std::function<void(std::string_view)> receiver(std::size_t vm);
  void stop_waiting() { out_->stop_waiting(); }
  /// After the last vCPU has stopped: unfinished lines, and all that still waits.
  void finish();

 private:
  struct Line {
    std::string prefix, partial;
  };
  Console(int descriptor, bool owned, std::vector<std::string> vm_names);
  void accept(Line& line, std::string_view bytes);

  int descriptor_;  // -1: nowhere
  bool owned_;
  std::vector<Line> lines_;  // by VM; empty when there is one
  std::unique_ptr<OutputStream> out_;
};

}  // namespace roost
