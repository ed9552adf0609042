#include "cli/command_line.h"
#include "cli/memory_meter.h"

int main(int argc, char** argv) {
#ifdef SQUALL_COUNTED_NEW
  squall::cli::measure_memory();
#endif
  return squall::cli::run_command_line(argc, argv);
}
