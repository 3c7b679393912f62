#include "tools/cli/run_io.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tools/cli/quiet_terminal.hpp"

namespace roost {

namespace asio = boost::asio;

namespace {

/// The signals that end a run come to one thread: the pCPUs' do not leave their guests for a handler, and under
/// ThreadSanitizer, which hands a signal over at a thread's next call, none is kept by a thread that makes no calls.
class EndingSignals {
 public:
  /// From now on this thread, and those that it starts, do not get them.
  EndingSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~EndingSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  EndingSignals(const EndingSignals&) = delete;
  EndingSignals& operator=(const EndingSignals&) = delete;
  /// The thread that calls gets them.
  void take() const { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

 private:
  sigset_t set_{}, before_{};
};

}  // namespace

struct RunIo::Loop {
  explicit Loop(Hooks given)
      : hooks(std::move(given)), signals(context, SIGINT, SIGTERM), input(context), retry(context), second(context) {
    await_signal();
    if (hooks.tick) await_tick();
    if (hooks.input) {
      terminal.take(STDIN_FILENO);
      boost::system::error_code refused;
      if (!input.assign(STDIN_FILENO, refused)) await_input();
    }
    thread = std::jthread([this] {
      ending.take();
      context.run();
    });
  }
  ~Loop() {
    context.stop();
    thread.join();
    if (input.is_open()) input.release();  // standard input is not ours to close
  }

  void await_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (seen.exchange(number) != 0) end_at_once(number);
      hooks.end();
      await_signal();
    });
  }

  void await_tick() {
    second.expires_after(std::chrono::seconds(1));
    second.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      hooks.tick();
      await_tick();
    });
  }

  [[noreturn]] void end_at_once(int number) {
    terminal.restore();
    std::signal(number, SIG_DFL);
    std::raise(number);
    std::_Exit(128 + number);
  }

  /// Waits rather than reads, so that the descriptor, which others share, stays blocking. What cannot be waited for
  /// (a regular file, /dev/null) is always ready.
  void await_input() {
    input.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
      if (!error || error == asio::error::operation_not_supported) read_input();
    });
  }

  void read_input() {
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return await_input();
    if (count <= 0) return;
    hand_on(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  }

  /// A guest that does not read its console has only so much room: the rest waits here.
  void hand_on(std::string_view bytes) {
    bytes.remove_prefix(hooks.input(bytes));
    if (bytes.empty()) return await_input();
    retry.expires_after(std::chrono::milliseconds(10));
    retry.async_wait([this, bytes](const boost::system::error_code& error) {
      if (!error) hand_on(bytes);
    });
  }

  Hooks hooks;
  EndingSignals ending;
  asio::io_context context{1};
  asio::signal_set signals;
  asio::posix::stream_descriptor input;
  asio::steady_timer retry, second;
  QuietTerminal terminal;
  std::array<char, 4096> buffer{};
  std::atomic<int> seen{0};
  std::jthread thread;
};

RunIo::RunIo(Hooks hooks) : loop_(std::make_unique<Loop>(std::move(hooks))) {}
RunIo::~RunIo() = default;
int RunIo::signal() const { return loop_->seen.load(); }

}  // namespace roost
