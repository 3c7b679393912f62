#include "tests/differential/random/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "sched/vocabulary/check.hpp"

extern char** environ;

namespace roost::random_programs {

ChildOutput run_child(const std::vector<std::string>& arguments, std::chrono::seconds limit) {
  std::array<int, 2> pipe{};
  check(::pipe2(pipe.data(), O_CLOEXEC) == 0, "a pipe to a child");
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  pid_t child = 0;
  ChildOutput output;
  output.started = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);

  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (output.started) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{pipe[0], POLLIN, 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) == 0) break;
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(pipe[0], buffer.data(), buffer.size());
    output.ended = count == 0;
    if (count <= 0) break;
    output.text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(pipe[0]);
  if (output.started) {
    if (!output.ended) ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    output.ended = output.ended && !(WIFEXITED(status) && WEXITSTATUS(status) == 127);  // 127: nothing of that name
  }
  return output;
}

TemporaryFile::TemporaryFile(const void* bytes, std::size_t count) {
  const char* const folder = std::getenv("TMPDIR");
  path_ = std::string(folder != nullptr ? folder : "/tmp") + "/roost-random-XXXXXX";
  const int file = ::mkstemp(path_.data());
  check(file >= 0, "a temporary file; is TMPDIR writable?");
  check(::write(file, bytes, count) == static_cast<ssize_t>(count), "all bytes of a temporary file; is the disk full?");
  ::close(file);
}

TemporaryFile::~TemporaryFile() { ::unlink(path_.c_str()); }

}  // namespace roost::random_programs
