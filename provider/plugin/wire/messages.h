// Between calls and answers as everybody else knows them and the messages of the plugin protocol.
// Heavy: for wire/ only.
#pragma once

#include "base/result.h"
#include "documents/provider_call.h"
#include "proto/squall/provider/v1/provider.pb.h"
#include "provider/plugin/resource_provider.h"

namespace squall::plugin::wire {

namespace v1 = provider::v1;

// What the kind of the request has no use for is left behind.
void write(const ProviderRequest& request, v1::CreateRequest* out);
void write(const ProviderRequest& request, v1::SettleRequest* out);
void write(const ProviderRequest& request, v1::ReadRequest* out);
void write(const ProviderRequest& request, v1::UpdateRequest* out);
void write(const ProviderRequest& request, v1::DeleteRequest* out);
void write(const ProviderRequest& request, v1::StatusRequest* out);
void write(const ProviderRequest& request, v1::ListRequest* out);

// The error names what cannot be read.
Result<ProviderRequest> read(const v1::CreateRequest& message);
Result<ProviderRequest> read(const v1::SettleRequest& message);
Result<ProviderRequest> read(const v1::ReadRequest& message);
Result<ProviderRequest> read(const v1::UpdateRequest& message);
Result<ProviderRequest> read(const v1::DeleteRequest& message);
Result<ProviderRequest> read(const v1::StatusRequest& message);
Result<ProviderRequest> read(const v1::ListRequest& message);

void write(const ProviderReply& reply, v1::Answer* out);
void write(const ProviderReply& reply, v1::ListAnswer* out);

// kind: of the call that is answered. The error says how the answer breaks the protocol.
Result<ProviderReply> read(CallKind kind, const v1::Answer& message);
Result<ProviderReply> read(CallKind kind, const v1::ListAnswer& message);

void write(const Description& description, v1::DescribeResponse* out);
Result<Description> read(const v1::DescribeResponse& message);

// An empty text is {}. what: the noun for the error.
Result<Document> read_document(const std::string& text, std::string_view what);
std::string text_of_document(const JsonObject& document);

}  // namespace squall::plugin::wire
