#include "engines/processes/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/check.h"

namespace squall::processes {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("pipe: {}", strerror(errno)));
  Pipe made{Descriptor(ends[0]), Descriptor(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    return fail(fmt::format("pipe: {}", strerror(errno)));
  }
  return made;
}

// The last `keep` bytes of what is appended.
class Tail {
 public:
  explicit Tail(size_t keep) : keep_(keep) {}
  void append(std::string_view bytes) {
    kept_.text += bytes;
    if (kept_.text.size() > 2 * keep_) trim();
  }
  void trim() {
    if (kept_.text.size() <= keep_) return;
    const size_t cut = kept_.text.size() - keep_;
    kept_.text.erase(0, cut);
    kept_.bytes_cut += cut;
  }
  const Captured& kept() const { return kept_; }

 private:
  size_t keep_;
  Captured kept_;
};

// --- Between vfork and exec ---------------------------------------------------------------------
// The child runs in the memory of the harness, on the stack of the thread that waits for it: system
// calls only, and what it writes to Launch is read by the harness afterwards.

struct Launch {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  int in;
  int out;
  int err;
  int guardian;
  const char* failed_step = nullptr;
  int error = 0;
};

void give_up(Launch& launch, const char* step) {
  launch.error = errno;
  launch.failed_step = step;
  ::_exit(127);
}

[[noreturn]] void become(Launch& launch) {
  // A group of its own, known to the guardian before the program runs: a harness that dies from
  // here on leaves nothing behind.
  ::setpgid(0, 0);
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  const Guardian::Message message{.group = ::getpid()};
  if (::write(launch.guardian, &message, sizeof message) != sizeof message) {
    give_up(launch, "tell the guardian");
  }
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);

  if (::chdir(launch.directory) != 0) give_up(launch, "enter the working directory");
  if (::dup2(launch.in, 0) < 0 || ::dup2(launch.out, 1) < 0 || ::dup2(launch.err, 2) < 0) {
    give_up(launch, "connect the outputs");
  }
  // Nothing of the harness reaches the program, whatever some library forgot to mark.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(launch.program, launch.arguments, launch.environment);
  give_up(launch, "execute");
  ::_exit(127);
}

// vfork, because a fork copies the page tables of a harness that holds a cloud in memory.
[[gnu::noinline]] pid_t launch_child(Launch& launch) {
  const pid_t pid = ::vfork();
  if (pid == 0) become(launch);
  return pid;
}

Result<pid_t> launch(Launch& how, const Guardian& guardian) {
  // A handler of the harness must not run in the child while the two share their memory.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = launch_child(how);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    return fail(
        fmt::format("fork: {}; is a limit on processes reached (ulimit -u)?", strerror(error)));
  }
  if (how.failed_step == nullptr) return pid;
  // While its number is still its own: it may have come as far as telling the guardian.
  guardian.forget(pid);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return fail(fmt::format("{}: {}", how.failed_step, strerror(how.error)));
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> made;
  made.reserve(texts.size() + 1);
  for (const std::string& text : texts) made.push_back(const_cast<char*>(text.c_str()));
  made.push_back(nullptr);
  return made;
}

Duration since(SteadyTime start) {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
}

Duration duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

std::string Captured::said() const {
  if (bytes_cut == 0) return text;
  return fmt::format("[{} bytes before this were not kept]\n{}", bytes_cut, text);
}

struct Process::Impl {
  Impl(const Guardian& its_guardian, const ProcessSpec& spec, LineHandler handler)
      : guardian(its_guardian),
        on_line(std::move(handler)),
        deadline(spec.deadline),
        keep_bytes(spec.keep_bytes),
        out(spec.keep_bytes),
        err(spec.keep_bytes) {}

  const Guardian& guardian;
  LineHandler on_line;
  Duration deadline;
  size_t keep_bytes;
  Tail out;
  Tail err;
  Descriptor out_pipe;
  Descriptor err_pipe;
  Descriptor pidfd;
  SteadyTime started = std::chrono::steady_clock::now();
  std::string line;  // of stdout, as far as it has come
  bool deadline_struck = false;
  std::optional<ProcessEnd> end;

  // Guards pid against being signalled after it was reaped, when it may be another's.
  std::mutex reaping;
  pid_t pid = -1;
  bool reaped = false;

  void read_out();
  void read_err();
  void take_lines(std::string_view bytes);
  bool has_ended() const;
  void reap();
};

namespace {

// Hands on what is in the pipe; closes it at its end.
template <class Take>
void read_all(Descriptor& pipe, Take take) {
  std::array<char, 65536> bytes;
  while (pipe.is_open()) {
    const ssize_t got = ::read(pipe.get(), bytes.data(), bytes.size());
    if (got > 0) {
      take(std::string_view(bytes.data(), static_cast<size_t>(got)));
    } else if (got == 0) {
      pipe.close();
    } else if (errno != EINTR) {
      if (errno != EAGAIN) pipe.close();
      return;
    }
  }
}

}  // namespace

void Process::Impl::read_out() {
  read_all(out_pipe, [this](std::string_view bytes) {
    out.append(bytes);
    if (on_line) take_lines(bytes);
  });
}

void Process::Impl::read_err() {
  read_all(err_pipe, [this](std::string_view bytes) { err.append(bytes); });
}

void Process::Impl::take_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    const size_t room = keep_bytes - line.size();
    const size_t length = std::min({newline, bytes.size(), room});
    line.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
    const bool complete = length == newline;
    if (complete) bytes.remove_prefix(1);
    if (complete || line.size() >= keep_bytes) {
      on_line(line);
      line.clear();
    }
  }
}

bool Process::Impl::has_ended() const {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    SQUALL_CHECK(errno == EINTR);  // only poll() reaps it
  }
  return info.si_pid == pid;
}

// The leader is dead and not reaped: its number, and that of its group, are still its own.
void Process::Impl::reap() {
  int status = 0;
  rusage usage{};
  {
    const std::lock_guard lock(reaping);
    ::kill(-pid, SIGKILL);  // what it left running
    guardian.forget(pid);
    while (::wait4(pid, &status, 0, &usage) < 0) SQUALL_CHECK(errno == EINTR);
    reaped = true;
  }
  // Not until the end of the pipes: a descendant that left the group may hold them open for ever.
  read_out();
  read_err();
  out_pipe.close();
  err_pipe.close();
  pidfd.close();
  if (on_line && !line.empty()) on_line(line);
  line.clear();
  out.trim();
  err.trim();
  ProcessEnd ended{.exit_code = {}, .signal = {}, .deadline_struck = deadline_struck};
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  ended.wall = since(started);
  ended.cpu = duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
  end = ended;
}

Process::Process(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Process::~Process() {
  if (impl_->end) return;
  impl_->on_line = nullptr;
  kill();
  wait();
}

Result<std::unique_ptr<Process>> Process::spawn(const Guardian& guardian, const ProcessSpec& spec,
                                                LineHandler on_line) {
  SQUALL_CHECK(spec.keep_bytes > 0);
  const auto failed = [&spec](const std::string& why) {
    return fail(fmt::format("start {} in {}: {}", spec.program, spec.directory, why));
  };
  auto impl = std::make_unique<Impl>(guardian, spec, std::move(on_line));
  auto out = open_pipe();
  if (!out) return failed(out.error().message);
  auto err = open_pipe();
  if (!err) return failed(err.error().message);
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null.is_open()) return failed(fmt::format("open /dev/null: {}", strerror(errno)));

  std::vector<std::string> arguments{spec.program};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(spec.environment);
  Launch how{.program = spec.program.c_str(),
             .arguments = argument_pointers.data(),
             .environment = environment_pointers.data(),
             .directory = spec.directory.c_str(),
             .in = null.get(),
             .out = out->write.get(),
             .err = err->write.get(),
             .guardian = guardian.descriptor()};
  auto pid = launch(how, guardian);
  if (!pid) return failed(pid.error().message);
  impl->pid = *pid;
  impl->out_pipe = std::move(out->read);
  impl->err_pipe = std::move(err->read);
  impl->pidfd = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0U)));
  const int error = errno;
  std::unique_ptr<Process> process(new Process(std::move(impl)));
  // Without it a wait would only see the outputs; the destructor ends the child.
  if (!process->impl_->pidfd.is_open()) {
    return failed(fmt::format("pidfd_open: {}", strerror(error)));
  }
  return process;
}

pid_t Process::pid() const { return impl_->pid; }

bool Process::poll() {
  if (impl_->end) return true;
  // Before reading: what it wrote before it ended is in the pipes then.
  const bool ended = impl_->has_ended();
  impl_->read_out();
  impl_->read_err();
  if (ended) {
    impl_->reap();
  } else if (!impl_->deadline_struck && since(impl_->started) >= impl_->deadline) {
    impl_->deadline_struck = true;
    kill();
  }
  return ended;
}

const ProcessEnd& Process::wait() {
  Process* const self = this;
  while (!poll()) wait_any({&self, 1}, std::chrono::minutes(1));
  return *impl_->end;
}

void Process::signal(int number) {
  const std::lock_guard lock(impl_->reaping);
  if (!impl_->reaped) ::kill(impl_->pid, number);
}

void Process::kill() {
  const std::lock_guard lock(impl_->reaping);
  if (!impl_->reaped) ::kill(-impl_->pid, SIGKILL);
}

const std::optional<ProcessEnd>& Process::end() const { return impl_->end; }

const Captured& Process::out() const { return impl_->out.kept(); }

const Captured& Process::err() const { return impl_->err.kept(); }

bool wait_any(std::span<Process* const> processes, Duration at_most) {
  std::vector<pollfd> watched;
  Duration patience = at_most;
  for (const Process* process : processes) {
    const Process::Impl& impl = *process->impl_;
    if (impl.end) patience = Duration(0);
    if (impl.end) continue;
    // A closed output is -1, which poll() passes over.
    for (const Descriptor* each : {&impl.pidfd, &impl.out_pipe, &impl.err_pipe}) {
      watched.push_back({.fd = each->get(), .events = POLLIN, .revents = 0});
    }
    if (!impl.deadline_struck) patience = std::min(patience, impl.deadline - since(impl.started));
  }
  patience = std::max(patience, Duration(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
  const timespec timeout{.tv_sec = seconds.count(),
                         .tv_nsec = std::chrono::nanoseconds(patience - seconds).count()};
  ::ppoll(watched.data(), watched.size(), &timeout, nullptr);  // a signal just ends it early
  bool any = false;
  for (Process* process : processes) any = process->poll() || any;
  return any;
}

}  // namespace squall::processes
