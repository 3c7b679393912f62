#include "tools/cli/command_line.hpp"
#include "tools/cli/standard_files.hpp"

int main(int argc, char** argv) {
  roost::hold_standard_files();
  return roost::command_line(argc, argv);
}
