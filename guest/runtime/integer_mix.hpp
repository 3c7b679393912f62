// The room: a unit of integer work of the kinds that CoreMark measures: a list is sorted and searched, small matrices
// are multiplied, a text is read by a state machine, and a CRC runs over it all.
// Not here: floating point, memory beyond the caches.
// Invariant: the same seed and number of units give the same CRC, on any machine.
#pragma once

#include <stdint.h>

namespace guest {

class IntegerMix {
 public:
  explicit IntegerMix(uint64_t seed);

  /// Works for about 31,000 instructions.
  void run_unit();

  uint64_t units() const { return units_; }
  uint32_t crc() const { return crc_; }

 private:
  static constexpr int kNodes = 48;
  static constexpr int kSide = 10;
  static constexpr int kText = 192;

  struct Node {
    Node* next;
    int32_t key;
    int32_t place;
  };
  using Matrix = int32_t[kSide][kSide];

  void work_on_list();
  void work_on_matrices();
  void work_on_text();
  void add_to_crc(uint32_t word);

  Node nodes_[kNodes];
  Node* head_ = nullptr;
  Matrix left_, right_, product_;
  char text_[kText + 1];
  uint64_t units_ = 0;
  uint32_t crc_ = 0xffffffff;
};

}  // namespace guest
