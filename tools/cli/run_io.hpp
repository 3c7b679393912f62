// The room: the thread beside the pCPUs: Ctrl-C and other requests to end, and standard input on its way to a console.
// Not here: console output (output_stream).
// The first signal asks the run to end; what was measured is then printed as usual. The second ends the process at
// once, as if it had not been caught.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace roost {

class RunIo {
 public:
  struct Hooks {  // all called on the I/O thread
    std::function<void()> end;                                   // the first signal
    std::function<std::size_t(std::string_view bytes)> input;    // returns how many bytes it took; null: no input
    std::function<void()> tick = nullptr;                        // every second; null: never
  };
  explicit RunIo(Hooks hooks);
  ~RunIo();  // ends the thread; puts the terminal back

  /// The signal that asked for the end, or 0.
  int signal() const;

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace roost
