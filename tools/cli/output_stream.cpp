#include "tools/cli/output_stream.hpp"

#include <cerrno>
#include <chrono>

#include <poll.h>
#include <unistd.h>

namespace roost {

namespace {
/// How long a line that is not complete may wait for the rest of it: one system call a line, not one a byte.
constexpr std::chrono::milliseconds kLineTime{2};
}  // namespace

OutputStream::OutputStream(int descriptor) : descriptor_(descriptor), thread_([this] { drain(); }) {}

OutputStream::~OutputStream() {
  const std::lock_guard lock(mutex_);
  ending_ = true;
  more_.notify_all();
}

void OutputStream::write(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return closed_ || !patient_ || waiting_.size() < kRoom; });
  if (closed_ || bytes.empty()) return;
  const bool line = !line_waits_ && bytes.find('\n') != bytes.npos;
  const bool first = waiting_.empty();
  waiting_ += bytes;
  line_waits_ = line_waits_ || line;
  if (first || line) more_.notify_one();
}

void OutputStream::stop_waiting() {
  const std::lock_guard lock(mutex_);
  patient_ = false;
  room_.notify_all();
}

void OutputStream::flush() {
  std::unique_lock lock(mutex_);
  line_waits_ = true;
  more_.notify_one();
  room_.wait(lock, [&] { return closed_ || (waiting_.empty() && !sending_); });
}

void OutputStream::drain() {
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    more_.wait_for(lock, kLineTime, [&] { return ending_ || line_waits_; });
    std::string bytes;
    bytes.swap(waiting_);
    line_waits_ = false;
    sending_ = true;
    lock.unlock();
    const bool sent = send(bytes);
    lock.lock();
    sending_ = false;
    closed_ = closed_ || !sent;
    if (closed_) waiting_.clear();
    room_.notify_all();
  }
}

bool OutputStream::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // somebody made our output non-blocking
      pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace roost
