// The room: a file of one test's own. The same test of several builds may run at the same time, so its folder is new.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "sched/vocabulary/check.hpp"

namespace roost::kit {

/// Lives as long as the object; not there before somebody writes it.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name) : folder_(new_folder()), path_((folder_ / name).string()) {}
  ScratchFile(const std::string& name, std::string_view content) : ScratchFile(name) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string content() const {
    std::ostringstream out;
    out << std::ifstream(path_, std::ios::binary).rdbuf();
    return out.str();
  }

 private:
  static std::filesystem::path new_folder() {
    std::string path = testing::TempDir() + "roost_test_XXXXXX";
    check(::mkdtemp(path.data()) != nullptr, "the temporary folder can be written");
    return path;
  }
  std::filesystem::path folder_;
  std::string path_;
};

}  // namespace roost::kit
