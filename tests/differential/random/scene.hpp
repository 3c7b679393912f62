// The room: what a generator of units works on: the dice, the code so far, and which registers mean something.
// Invariants: registers in `reserved` are written by nobody; jumps go forward, but for a loop's own bounded one, to the
// first instruction of a unit that is not inside a loop.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/differential/random/dice.hpp"
#include "tests/differential/random/encode.hpp"
#include "tests/differential/random/image_layout.hpp"
#include "tests/differential/random/random_program.hpp"

namespace roost::random_programs {

enum class Reach : std::uint8_t { Branch, Jal, CompressedBranch, CompressedJump };  // forms of an offset

class Scene {
 public:
  Scene(Dice& dice_, Program& program_) : dice(dice_), program(program_) {}

  Dice& dice;
  Program& program;
  std::uint32_t reserved = 1;     // bit n: x<n> is not to be written; x0 may be, and is left out by target()
  unsigned bases[3] = {};         // hold addresses in scratch memory, the first a multiple of 16
  unsigned compressed_base = 0;   // the one of them that compressed instructions reach
  unsigned virtual_base = 0;      // M-mode with paging only: a virtual address, for MPRV
  unsigned resume = 0;
  std::uint64_t steady_address = 0;  // of 64 bytes that may always be read and written, apart from where bases point
  bool inside_loop = false;       // where no jump may land
  bool wild = false;              // stray stores can do no harm: a user or supervisor program under paging

  // ---- registers ----
  unsigned target();              // to write
  unsigned small_target();        // x8 to x15, or 0 if none is free
  unsigned source() { return static_cast<unsigned>(dice.below(32)); }
  unsigned small_source() { return static_cast<unsigned>(8 + dice.below(8)); }
  unsigned base() { return dice.among(bases); }
  bool writable(unsigned x) const { return x == 0 || (reserved >> x & 1) == 0; }

  // ---- code ----
  void put(Word word);
  void put_half(Half half) { code.push_back(half); }
  /// rd = value, in up to eight instructions.
  void put_constant(unsigned rd, std::uint64_t value);
  /// The unit that starts here, up to the next call, may be removed (or not) when a difference is shrunk.
  void begin_unit(bool removable = true);
  /// Puts a jump, given without its offset, to the unit this many units after its own; to a nearer one when its reach
  /// is not enough, and c.nop in its place when even the next unit is too far.
  void jump_ahead(Reach reach, Word instruction, std::uint64_t units_ahead);
  void jump_back(Reach reach, Word instruction, std::size_t halfword);
  /// Fills in the offsets of all jumps; those beyond the last unit go to it.
  void settle_jumps();

  std::vector<Half> code;
  std::vector<UnitRange> units;

 private:
  struct Jump {
    std::size_t at;
    Reach reach;
    std::size_t landing;
    std::size_t nearest;
  };
  void patch(std::size_t at, Reach reach, std::int64_t offset);

  std::vector<Jump> jumps_;
  std::vector<std::size_t> landings_;  // halfwords
};

// Each appends one unit, or a few that belong together.
void integer_unit(Scene& scene);
void constant_unit(Scene& scene);
void compressed_unit(Scene& scene);
void random_word_unit(Scene& scene);  // any bits in opcodes that only compute
void float_unit(Scene& scene);
void memory_unit(Scene& scene);
void atomic_unit(Scene& scene);
void jump_unit(Scene& scene);
void illegal_unit(Scene& scene);
void csr_unit(Scene& scene);
void privileged_unit(Scene& scene);
void patched_code_unit(Scene& scene);

/// Values at which integer and floating point instructions have their corners.
std::uint64_t corner_value(Dice& dice);

}  // namespace roost::random_programs
