// The room: the way of console bytes from vCPU threads to a file descriptor, in order and without loss.
// Not here: prefixes (console), input (run_io).
// A thread of its own writes, so that a slow reader of our output does not hold a pCPU. When more than kRoom bytes
// wait, write() waits too: a vCPU is slowed down rather than losing bytes. A closed pipe (EPIPE) swallows the rest.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace roost {

class OutputStream {
 public:
  static constexpr std::size_t kRoom = 1 << 20;

  explicit OutputStream(int descriptor);  // not closed
  ~OutputStream();                        // after flush()
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;

  // ---- any thread ----
  void write(std::string_view bytes);
  /// write() never waits from now on: the run is to end, whoever reads or not.
  void stop_waiting();
  /// Returns when all that was written has gone out.
  void flush();

 private:
  void drain();
  bool send(std::string_view bytes) const;

  const int descriptor_;
  std::mutex mutex_;  // guards all below
  std::condition_variable more_, room_;
  std::string waiting_;
  bool line_waits_ = false;  // `waiting_` holds an end of line
  bool sending_ = false, closed_ = false, patient_ = true, ending_ = false;
  std::jthread thread_;  // last: uses all above
};

}  // namespace roost
