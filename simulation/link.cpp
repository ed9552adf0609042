#include "simulation/link.h"

#include <algorithm>
#include <string>
#include <utility>

namespace squall::simulation {

namespace {

bool changes_an_object(cloud::Effect effect) {
  return effect == cloud::Effect::kCreated || effect == cloud::Effect::kUpdated ||
         effect == cloud::Effect::kDeleted;
}

}  // namespace

Link::Link(Executor& executor, cloud::Cloud& cloud, Observer& observer, LinkTimes times)
    : executor_(executor), cloud_(cloud), observer_(observer), times_(times) {
  cloud_.on_gate_opened([this] { gate_opened(); });
}

Link::~Link() { cloud_.on_gate_opened(nullptr); }

void Link::reset() {
  SQUALL_CHECK(in_flight_ == 0);
  calls_.clear();
  sent_ = 0;
  at_the_gate_.clear();
  provider_up_ = kStartOfTime;
  provider_moves_ = kStartOfTime;
  peak_in_flight_ = 0;
}

uint64_t Link::send(engine::Outgoing request, Duration deadline, WaitTicket ticket) {
  SQUALL_CHECK(executor_.lives(ticket.incarnation));
  const uint64_t id = ++sent_;
  Call& call = calls_[id];
  call.facts.kind = request->kind;
  call.ticket = ticket;
  call.patience = deadline;
  call.request = std::move(request);
  call.deadline = executor_.schedule(deadline, {.kind = EventKind::kDeadline,
                                                .owner = ticket.incarnation,
                                                .handler = this,
                                                .id = id,
                                                .entity = 0});
  call.given = std::max(executor_.now(), provider_up_);
  carry(call, id, call.given - executor_.now() + times_.request_leg, EventKind::kRequestArrives);
  ++in_flight_;
  peak_in_flight_ = std::max(peak_in_flight_, in_flight_);
  observer_.call_sent(in_flight_);
  return id;
}

// Messages belong to the world: a crash does not recall them.
void Link::carry(Call& call, uint64_t id, Duration delay, EventKind kind) {
  ++call.on_their_way;
  const bool named = executor_.has_deviations();
  schedule(id, delay, kind, named ? entity(kind, call.request->label) : 0);
}

void Link::schedule(uint64_t id, Duration delay, EventKind kind, uint64_t entity) {
  executor_.schedule(delay,
                     {.kind = kind, .owner = kWorld, .handler = this, .id = id, .entity = entity});
}

void Link::handle(EventKind kind, uint64_t id) {
  const auto found = calls_.find(id);
  SQUALL_CHECK(found != calls_.end());
  Call& call = found->second;
  if (kind == EventKind::kDeadline) return give_up(call);
  SQUALL_CHECK(call.on_their_way > 0);
  if (kind != EventKind::kExecute && executor_.now() < provider_moves_)
    return schedule(id, provider_moves_ - executor_.now(), kind, 0);
  --call.on_their_way;
  switch (kind) {
    case EventKind::kRequestArrives:
      if (!call.hurried) arrive(call, id);
      break;
    case EventKind::kExecute:
      execute(call, id);
      break;
    default:
      SQUALL_CHECK(kind == EventKind::kAnswerArrives);
      answer(call);
  }
  forget_if_done(found);
}

void Link::arrive(Call& call, uint64_t id) {
  if (!cloud_.gate_open()) {
    at_the_gate_.push_back(id);
    ++call.on_their_way;
    return;
  }
  observer_.before_call_applied(call.facts);
  const bool is_lost = observer_.loses_call(call.facts);
  cloud::Cloud::Arrival arrival = cloud_.arrive_shared(call.request, executor_.now());
  call.cloud_id = arrival.call;
  call.delivery = std::move(arrival.delivery);
  call.arrived = executor_.now();
  if (is_lost) return;
  const cloud::Delivery& delivery = call.delivery;
  call.facts.told_otherwise = delivery.answer_instead.has_value();
  for (const Duration after : delivery.execute_after)
    carry(call, id, times_.service + after, EventKind::kExecute);
  if (!delivery.answer_after) return;
  // The true answer is sent on its way by the execution that gives it.
  if (!delivery.answer_instead) {
    SQUALL_CHECK(!delivery.execute_after.empty());
    return;
  }
  call.reply = std::make_shared<const ProviderReply>(
      ProviderReply::failure(*delivery.answer_instead, delivery.words));
  carry(call, id, times_.service + *delivery.answer_after + times_.reply_leg,
        EventKind::kAnswerArrives);
}

void Link::execute(Call& call, uint64_t id) {
  std::shared_ptr<const ProviderReply> truth =
      cloud_.execute_shared(call.cloud_id, executor_.now());
  const cloud::LogRecord& record = cloud_.records().back();
  SQUALL_CHECK(record.phase == cloud::LogPhase::kExecuted && record.call == call.cloud_id);
  const bool changed = record.change && changes_an_object(record.change->effect);
  call.facts.has_effect = call.facts.has_effect || changed;
  const bool first = call.executions++ == 0;
  const cloud::Delivery& delivery = call.delivery;
  if (first && delivery.answer_after && !delivery.answer_instead) {
    const Instant may_leave = call.arrived + times_.service + *delivery.answer_after;
    const Duration held_back = std::max(Duration(0), may_leave - executor_.now());
    call.reply = std::move(truth);
    carry(call, id, held_back + times_.reply_leg, EventKind::kAnswerArrives);
  }
  observer_.after_call_applied(call.facts, changed);
}

void Link::answer(Call& call) {
  SQUALL_CHECK(call.reply != nullptr);
  const bool delivered = call.facts.caller == CallerState::kWaits;
  cloud_.answered_shared(call.cloud_id, call.reply, delivered, executor_.now());
  if (!delivered) return;
  executor_.cancel(call.deadline);
  stop_waiting(call, CallerState::kAnswered);
  SQUALL_CHECK(executor_.complete(call.ticket));
  observer_.answer_delivered(call.facts, *call.reply);
}

// The answer that may still come is another one: the caller's goes to its frame at once.
void Link::give_up(Call& call) {
  SQUALL_CHECK(call.facts.caller == CallerState::kWaits);
  stop_waiting(call, CallerState::kGaveUp);
  SQUALL_CHECK(executor_.complete(call.ticket));
}

void Link::stop_waiting(Call& call, CallerState state) {
  SQUALL_CHECK(in_flight_ > 0 && call.facts.caller == CallerState::kWaits);
  --in_flight_;
  call.facts.caller = state;
}

ProviderReply Link::take_reply(uint64_t id) {
  Call& call = calls_.at(id);
  if (call.lost_its_provider)
    return ProviderReply::failure(ErrorCode::kNetworkFailure, "the provider has died");
  if (call.facts.caller == CallerState::kGaveUp) {
    return ProviderReply::failure(
        ErrorCode::kDeadlineExceeded,
        "no answer within " + std::to_string(call.patience.count()) + " us");
  }
  SQUALL_CHECK(call.facts.caller == CallerState::kAnswered && call.reply != nullptr);
  return *call.reply;
}

void Link::release(uint64_t id) {
  const auto found = calls_.find(id);
  SQUALL_CHECK(found != calls_.end() && found->second.held);
  Call& call = found->second;
  call.held = false;
  executor_.cancel(call.deadline);
  if (call.facts.caller == CallerState::kWaits) stop_waiting(call, CallerState::kGaveUp);
  forget_if_done(found);
}

void Link::forget_if_done(Calls::iterator call) {
  if (!call->second.held && call->second.on_their_way == 0) calls_.erase(call);
}

void Link::provider_dies(Duration down) {
  provider_up_ = executor_.now() + down;
  provider_moves_ = executor_.now();
  for (auto& [id, call] : calls_) {
    if (call.facts.caller != CallerState::kWaits || call.given > executor_.now()) continue;
    call.lost_its_provider = true;
    executor_.cancel(call.deadline);
    give_up(call);
    if (call.cloud_id != 0 || call.hurried) continue;
    call.hurried = true;
    arrive(call, id);
  }
}

void Link::provider_hangs(Duration how_long) {
  provider_moves_ = std::max(provider_moves_, executor_.now() + how_long);
}

// The provider lives no longer than the engine does.
void Link::callers_died() {
  provider_up_ = executor_.now();
  provider_moves_ = executor_.now();
  for (auto& [id, call] : calls_)
    if (call.facts.caller == CallerState::kWaits) stop_waiting(call, CallerState::kDied);
}

size_t Link::applied_and_unanswered() const {
  return static_cast<size_t>(std::ranges::count_if(calls_, [](const auto& entry) {
    const CallFacts& facts = entry.second.facts;
    return facts.caller == CallerState::kWaits && facts.has_effect;
  }));
}

void Link::gate_opened() {
  for (const uint64_t id : std::exchange(at_the_gate_, {})) {
    Call& call = calls_.at(id);
    --call.on_their_way;
    carry(call, id, Duration(0), EventKind::kRequestArrives);
  }
}

PendingCall::PendingCall(Link& link, Executor& executor, engine::Outgoing request,
                         Duration deadline)
    : link_(&link), wait_(executor), id_(link.send(std::move(request), deadline, wait_.ticket())) {}

PendingCall::~PendingCall() { link_->release(id_); }

}  // namespace squall::simulation
