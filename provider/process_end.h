// What ends a process that serves others: somebody in it asks, a signal comes, or who started it is
// gone.
#pragma once

#include <initializer_list>
#include <memory>

#include "base/result.h"

namespace squall {

class ProcessEnd {
 public:
  // From now on these signals wait for this, and SIGPIPE is ignored. Call it before there are other
  // threads: they all must leave the signals alone.
  static Result<std::unique_ptr<ProcessEnd>> prepare(std::initializer_list<int> signals);
  ~ProcessEnd();
  ProcessEnd(const ProcessEnd&) = delete;
  ProcessEnd& operator=(const ProcessEnd&) = delete;

  // From any thread.
  void ask() const;

  // Each returns when the end has been asked for, or one of the signals has come …
  void wait() const;
  // … or the standard input has ended. What comes from there is dropped.
  void wait_with_input() const;
  // … or the parent has died. That is looked at once a second.
  void wait_with_parent() const;

 private:
  ProcessEnd(int asked, int signalled) : asked_(asked), signalled_(signalled) {}
  const int asked_;
  const int signalled_;
};

}  // namespace squall
