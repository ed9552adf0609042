#include "documents/enum_text.h"
#include "engine_under_test/engine_under_test.h"

namespace squall {

namespace {

constexpr EnumTable<ScheduledEvent, kScheduledEvents> kEvents = {{
    {ScheduledEvent::kRequestArrives, "request-arrives"},
    {ScheduledEvent::kAnswerArrives, "answer-arrives"},
    {ScheduledEvent::kDurable, "commit-durable"},
    {ScheduledEvent::kWake, "wake"},
}};
static_assert(in_order(kEvents));

}  // namespace

std::string_view to_string(ScheduledEvent event) { return text_in(kEvents, event); }
Result<ScheduledEvent> parse_scheduled_event(std::string_view text) {
  return value_in(kEvents, text, "scheduled event");
}

}  // namespace squall
