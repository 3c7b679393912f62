#include "tools/cli/output_stream.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <unistd.h>

namespace roost {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends), 0); }
  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }
  std::string read_some() {
    std::string bytes(1 << 16, '\0');
    const ssize_t count = ::read(ends[0], bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  int ends[2] = {-1, -1};
};

TEST(OutputStream, BytesOfOneWriterStayInOrder) {
  Pipe pipe;
  OutputStream out(pipe.ends[1]);
  for (const char* part : {"one ", "two\n", "", "three"}) out.write(part);
  out.flush();
  EXPECT_EQ(pipe.read_some(), "one two\nthree");
}

TEST(OutputStream, ASlowReaderSlowsTheWriterDownAndLosesNothing) {
  Pipe pipe;
  OutputStream out(pipe.ends[1]);
  const std::string line = std::string(99, 'x') + "\n";
  constexpr std::size_t kLines = 50'000;  // five times the room
  std::jthread writer([&] {
    for (std::size_t i = 0; i < kLines; ++i) out.write(line);
  });
  std::size_t read = 0;
  while (read < kLines * line.size()) read += pipe.read_some().size();
  writer.join();
  EXPECT_EQ(read, kLines * line.size());
}

TEST(OutputStream, AClosedPipeSwallowsTheRest) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  OutputStream out(pipe.ends[1]);
  pipe.close_reader();
  const std::string much(OutputStream::kRoom, 'x');
  for (int i = 0; i < 4; ++i) out.write(much);
  out.flush();
}

TEST(OutputStream, WithoutPatienceNobodyWaits) {
  Pipe pipe;
  OutputStream out(pipe.ends[1]);
  out.stop_waiting();
  const std::string much(OutputStream::kRoom, 'x');
  for (int i = 0; i < 4; ++i) out.write(much);  // nobody reads
  std::size_t read = 0;
  while (read < 4 * much.size()) read += pipe.read_some().size();
  EXPECT_EQ(read, 4 * much.size());
}

}  // namespace
}  // namespace roost
