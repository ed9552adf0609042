// squall-agent-planted: squall-agent with the deliberate bugs of engine/plants.h, for `squall
// selfcheck --engine agent`. Never to be used for anything else.
#include "agent/command_line.h"
#include "engine/plants.h"

int main(int argc, char** argv) {
  return squall::agent::run_command_line(argc, argv, squall::engine::plants_named);
}
