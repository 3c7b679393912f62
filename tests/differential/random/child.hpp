// The room: another program's output, with a limit on its time.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace roost::random_programs {

struct ChildOutput {
  bool started = false;
  bool ended = false;  // by itself, in time
  std::string text;
};

/// Runs arguments[0] (looked up in PATH), gathers its standard output, and kills it when the time is over.
ChildOutput run_child(const std::vector<std::string>& arguments, std::chrono::seconds limit);

/// A temporary file with these bytes, removed with the object.
class TemporaryFile {
 public:
  TemporaryFile(const void* bytes, std::size_t count);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace roost::random_programs
