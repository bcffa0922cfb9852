#include "federation/link/session.hpp"

#include <openssl/err.h>
#include <pthread.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "core/base/log.hpp"
#include "federation/link/protocol.hpp"
#include "federation/trust/known_keys.hpp"
#include "storage/tables/federation.hpp"

namespace concordat::federation {
namespace {

using asio::use_awaitable;
using tcp = asio::ip::tcp;

constexpr std::size_t read_at_once = 64 << 10, enough_in_outbox = 1 << 20;
// Of a partner that asks and does not listen.
constexpr std::size_t most_in_outbox = 16 << 20, most_frames_in_outbox = 4096;
constexpr std::size_t most_refusals_told = 1000;
constexpr std::int64_t refusals_of_a_stream = 100;
constexpr std::chrono::seconds note_every{60};
constexpr std::int64_t whole_seal = 8 << 20;  // bytes of sealed bodies: no frame holds more
constexpr std::size_t longest_problem_text = 200, longest_code = 64;

SSL_CTX* one_more(const std::shared_ptr<SSL_CTX>& context) {
    SSL_CTX_up_ref(context.get());
    return context.get();
}

// What its policy keeps from a partner, since it was said before that came. Who is there it is told.
bool is_before(const StoredEvent& event, Millis history_from) {
    if (history_from == 0 || event.kind == kinds::user_upsert || event.kind.starts_with("member.") ||
        event.kind == kinds::channel_update || event.kind == kinds::moderate_remove)
        return false;
    const bool is_history = event.kind == kinds::post_history;
    return (is_history ? decode_header(event.header).at : event.received_at) < history_from;
}

std::string reason_of_network(const boost::system::system_error& e) {
    return e.code().category().name() + std::string(": ") + e.code().message();
}

}  // namespace

Session::Session(Link& link, std::shared_ptr<asio::io_context> io, tcp::socket socket, std::string remote)
    : link_(link),
      is_dialled_(false),
      io_(std::move(io)),
      certificate_(link.certificate()),
      asio_context_(one_more(certificate_.context)),
      stream_(std::move(socket), asio_context_),
      deadline_(*io_),
      signal_(*io_),
      ticker_(*io_),
      file_ticker_(*io_),
      remote_(std::move(remote)),
      is_stranger_(true) {}

Session::Session(Link& link, const Partner& partner, bool is_for_files)
    : link_(link),
      is_dialled_(true),
      io_(std::make_shared<asio::io_context>(1)),
      certificate_(link.certificate()),
      asio_context_(one_more(certificate_.context)),
      stream_(*io_, asio_context_),
      deadline_(*io_),
      signal_(*io_),
      ticker_(*io_),
      file_ticker_(*io_),
      remote_(partner.address),
      partner_(partner),
      is_for_files_(is_for_files),
      is_stranger_(false) {}

Session::~Session() {
    join();
}

void Session::start() {
    since_ = link_.db_.now();
    thread_ = std::thread([this, self = shared_from_this()] {
        pthread_setname_np(pthread_self(), "fed-session");
        asio::co_spawn(*io_, run(), asio::detached);
        io_->run();
    });
}

void Session::join() {
    if (!thread_.joinable()) return;
    if (thread_.get_id() == std::this_thread::get_id())
        thread_.detach();  // the last reference was its own
    else
        thread_.join();
}

void Session::wake(bool are_lists_changed) {
    if (are_lists_changed) are_lists_changed_ = true;
    asio::post(*io_, [self = shared_from_this()] { self->signal_.cancel(); });
}

void Session::wake_files() {
    if (!is_for_files_) return;
    are_files_changed_ = true;
    asio::post(*io_, [self = shared_from_this()] { self->signal_.cancel(); });
}

void Session::tell(const Refused& refusal) {
    asio::post(*io_, [self = shared_from_this(), refusal] {
        if (self->is_up_) self->push(frame_of(FrameType::refused, refusal));
    });
}

void Session::close(const std::string& why) {
    asio::post(*io_, [self = shared_from_this(), why] {
        if (self->trouble_.empty()) self->trouble_ = why;
        boost::system::error_code ignored;
        self->stream_.next_layer().close(ignored);
        self->signal_.cancel();
    });
}

LinkStatus Session::status() const {
    LinkStatus out;
    out.partner = partner_.id;
    out.is_up = is_proved_;
    out.was_dialled = is_dialled_;
    out.since = since_;
    out.remote = remote_;
    out.sent = sent_;
    out.received = received_;
    return out;
}

void Session::set_deadline(std::chrono::seconds time, const char* what) {
    deadline_.expires_after(time);
    deadline_.async_wait([this, self = shared_from_this(), what](const boost::system::error_code& e) {
        if (e) return;
        end(what);
    });
}

void Session::end(const char* why) {
    if (trouble_.empty()) trouble_ = why;
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
    signal_.cancel();
}

asio::awaitable<void> Session::run() {
    const auto self = shared_from_this();
    std::string why;
    bool is_refusal = false;
    try {
        if (is_dialled_) co_await connect();
        co_await introduce();
        link_.proved(*this);
        is_proved_ = true;
        if (!link_.come_up(self, partner_)) {
            why = "there is a session already";
        } else {
            is_up_ = true;
            since_ = link_.db_.now();
            reader_.set_limit(is_for_files_ ? longest_file_frame : longest_frame);
            heard_at_ = noted_at_ = std::chrono::steady_clock::now();
            begin();
            tick();
            asio::co_spawn(*io_, write(), [self](std::exception_ptr) {});
            co_await read();
        }
    } catch (const Error& e) {
        why = e.detail().empty() ? e.id() : e.detail();
        is_refusal = e.fault() == Fault::forbidden || e.fault() == Fault::invalid;
    } catch (const boost::system::system_error& e) {
        why = reason_of_network(e);
    }
    if (!trouble_.empty()) why = trouble_;
    finish(why, is_refusal);
}

// What a lane says first.
void Session::begin() {
    if (!is_for_files_) {
        look_at_lists();
        tell_refusals();
        return;
    }
    files_ = std::make_unique<FileLane>(
        link_.files_, partner_, [this](std::string frame) { push(std::move(frame)); },
        link_.file_bytes_to(partner_), link_.file_bytes_from(partner_));
    files_->look();
    tick_files();
}

void Session::finish(const std::string& why, bool is_refusal) {
    is_closed_ = true;
    files_.reset();
    is_up_ = false;
    is_proved_ = false;
    deadline_.cancel();
    ticker_.cancel();
    file_ticker_.cancel();
    signal_.cancel();
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
    link_.go_down(shared_from_this(), why, is_refusal);
}

// Pings, and the silence of the other side.
void Session::tick() {
    ticker_.expires_after(ping_every);
    ticker_.async_wait([this, self = shared_from_this()](const boost::system::error_code& e) {
        if (e || is_closed_) return;
        if (std::chrono::steady_clock::now() - heard_at_ > longest_silence) {
            end("it was silent for 45 s");
            return;
        }
        push(frame_of(FrameType::ping, Ping{link_.db_.now()}));
        if (link_.own_.outside().are_demanded()) are_lists_changed_ = true;  // its certificate may be over
        if (heard_at_ - noted_at_ > note_every) note_seen();
        if (!is_closed_) tick();
    });
}

void Session::tick_files() {
    file_ticker_.expires_after(std::chrono::seconds(1));
    file_ticker_.async_wait([this, self = shared_from_this()](const boost::system::error_code& e) {
        if (e || is_closed_ || !files_) return;
        try {
            files_->tick();
        } catch (const Error& failure) {  // the next session goes on where this one ends
            return end(failure.id().c_str());
        }
        tick_files();
    });
}

// That it is there, for those who look at partners.
void Session::note_seen() {
    noted_at_ = heard_at_;
    try {
        link_.partners_.seen(partner_.id);
    } catch (const Error& e) {  // the next time
        log_warn("when a partner was seen could not be written",
                 {{"partner", partner_.name}, {"id", e.id()}});
    }
}

asio::awaitable<void> Session::read() {
    std::vector<char> bytes(read_at_once);
    for (;;) {
        std::vector<Frame> frames;
        while (auto frame = reader_.next()) frames.push_back(std::move(*frame));
        handle_all(frames);
        const auto count = co_await stream_.async_read_some(asio::buffer(bytes), use_awaitable);
        heard_at_ = std::chrono::steady_clock::now();
        reader_.feed({bytes.data(), count});
    }
}

asio::awaitable<void> Session::write() {
    const auto self = shared_from_this();
    try {
        while (!is_closed_) {
            if (are_lists_changed_.exchange(false)) {
                if (files_)
                    look_at_partner();
                else
                    look_at_lists();
            }
            if (files_ && are_files_changed_.exchange(false)) files_->look();
            if (outbox_.empty()) fill();
            if (outbox_.empty()) {
                signal_.expires_after(std::chrono::hours(1));
                boost::system::error_code ignored;
                co_await signal_.async_wait(asio::redirect_error(use_awaitable, ignored));
                continue;
            }
            const auto frame = std::move(outbox_.front());
            outbox_.pop_front();
            outbox_bytes_ -= frame.size();
            co_await asio::async_write(stream_, asio::buffer(frame), use_awaitable);
        }
    } catch (const Error& e) {  // the reader ends with the socket, and tells
        if (trouble_.empty()) trouble_ = e.detail().empty() ? e.id() : e.detail();
    } catch (const boost::system::system_error& e) {
        if (trouble_.empty()) trouble_ = reason_of_network(e);
    }
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
}

bool Session::may_send() const {
    return in_flight_bytes_ < most_in_flight && outbox_bytes_ < enough_in_outbox;
}

void Session::push(std::string frame) {
    outbox_bytes_ += frame.size();
    outbox_.push_back(std::move(frame));
    if (outbox_bytes_ > most_in_outbox || outbox_.size() > most_frames_in_outbox)
        return end("it does not read what it is sent");
    signal_.cancel();
}

void Session::look_at_partner() {
    const auto partner = link_.partners_.find(partner_.id);
    if (!partner || partner->state != "active")
        throw Error(Fault::unavailable, "federation.ended", "",
                    "it is " + (partner ? partner->state : "unknown"));
    const auto keys = link_.partners_.keys_of(partner_.id);
    if (!keys.may_connect(caller_.peer.key, link_.db_.now()))
        throw Error(Fault::unavailable, "federation.ended", "", "its key is not good any more");
    link_.partners_.check_certificate(*partner, caller_);
    partner_ = *partner;
    if (files_) files_->set_partner(partner_);
}

// What both sides share and want, said again when it has changed.
void Session::look_at_lists() {
    look_at_partner();
    tell_keys(link_.own_.keys());
    const auto lists = link_.shares_.lists_for(partner_.id);
    auto shares = json_text(lists.shares);
    if (shares != last_shares_) {
        push(encode({FrameType::shares, {shares}}));
        last_shares_ = std::move(shares);
    }
    // What it wants may be another's now, or allowed again.
    if (heard_wants_) send_wanted(*heard_wants_);
    std::set<std::pair<OrganisationId, ChannelId>> wanted;
    std::string names;
    for (const auto& w : lists.wants.streams) {
        wanted.emplace(w.origin, w.channel);
        names += w.origin.text() + w.channel.text();
    }
    wanted_ = std::move(wanted);
    if (names == last_wants_ && !is_again_) return;
    auto wants = lists.wants;
    wants.again = std::exchange(is_again_, false);
    push(frame_of(FrameType::wants, wants));
    last_wants_ = std::move(names);
}

// What was refused while nobody could be told; the other side knows which it has heard of.
void Session::tell_refusals() {
    std::vector<StoredEvent> refused;
    link_.db_.read([&](storage::Tx& tx) {
        for (const auto& [origin, channel] : wanted_) {
            if (refused.size() >= most_refusals_told) return;
            for (auto& event : storage::StreamTable(tx).refused(origin, channel, refusals_of_a_stream))
                refused.push_back(std::move(event));
        }
    });
    for (const auto& e : refused) {
        const Refused refusal{e.origin, e.channel_id, e.seq, e.reason};
        push(frame_of(FrameType::refused, refusal));
    }
}

// What came together is taken together: only the last step waits for the disk, and everything before is on
// it with that one.
void Session::handle_all(const std::vector<Frame>& frames) {
    const auto batches = std::ranges::count(frames, FrameType::batch, &Frame::type);
    for (const auto& frame : frames) {
        std::optional<storage::Database::Relaxed> relaxed;
        if (batches > 1 && frame.type == FrameType::batch) relaxed.emplace();
        handle(frame);
    }
    acknowledge(batches < 2);
}

void Session::acknowledge(bool are_on_disk) {
    if (taken_.empty()) return;
    if (!are_on_disk) link_.partners_.seen(partner_.id);
    for (const auto& [stream, upto] : std::exchange(taken_, {})) {
        const Ack ack{stream.first, stream.second, upto};
        push(frame_of(FrameType::ack, ack));
    }
}

void Session::handle(const Frame& frame) {
    switch (frame.type) {
        case FrameType::ping:
            push(frame_of(FrameType::pong, message_in<Ping>(frame)));
            break;
        case FrameType::pong:
            break;
        case FrameType::hello:
        case FrameType::hello_ok:
            break_rule("a hello in the middle of a session");
        case FrameType::error: {
            const auto problem = message_in<Problem>(frame);
            if (problem.channel.empty())
                throw Error(Fault::unavailable, "federation.ended", "",
                            "it ends the session: " + problem.code.substr(0, longest_code));
            log_error("a partner does not take a stream", {{"partner", partner_.name},
                                                           {"origin", problem.origin.text()},
                                                           {"channel", problem.channel.text()},
                                                           {"code", problem.code.substr(0, longest_code)}});
            break;
        }
        default:
            if (!files_) return handle_of_events(frame);
            files_->handle(frame);
            signal_.cancel();  // there may be more to give
    }
}

void Session::handle_of_events(const Frame& frame) {
    switch (frame.type) {
        case FrameType::shares:
            for (const auto& declined : link_.shares_.take_shares(partner_, message_in<ShareList>(frame)))
                push(frame_of(FrameType::declined, declined));
            break;
        case FrameType::keys:
            take_keys(frame);
            break;
        case FrameType::declined: {
            const auto declined = message_in<Declined>(frame);
            if (link_.shares_.take_declined(partner_, declined))
                link_.delivered(link_.own_.id(), declined.channel);
            break;
        }
        case FrameType::wants:
            take_wants(message_in<Wants>(frame));
            break;
        case FrameType::batch:
            take_batch(frame);
            break;
        case FrameType::ack:
            take_ack(message_in<Ack>(frame));
            break;
        case FrameType::refused: {
            const auto r = message_in<Refused>(frame);
            // Only of what it was sent, so that it cannot fill the table with anything else.
            if (std::ranges::none_of(outgoing_, [&](const Outgoing& o) {
                    return o.origin == r.origin && o.channel == r.channel && r.seq >= 1 && r.seq < o.next;
                }))
                break;
            const storage::Database::Relaxed relaxed;  // it is told again in the next session
            const bool is_new = link_.db_.transact([&](storage::Tx& tx) {
                return storage::StreamTable(tx).refuse(
                    {partner_.id, r.origin, r.channel, r.seq, r.code.substr(0, longest_code), tx.now()});
            });
            if (is_new) link_.refused_by(partner_).add();
            if (is_new) link_.delivered(r.origin, r.channel);
            if (is_new && r.code != "erased")  // it was sent without its body
                log_warn("a partner does not show something that was said here",
                         {{"partner", partner_.name},
                          {"channel", r.channel.text()},
                          {"seq", r.seq},
                          {"reason", r.code.substr(0, longest_code)}});
            break;
        }
        default:
            break_rule("a frame in the middle of a session that does not belong there");
    }
}

void Session::take_batch(const Frame& frame) {
    try {
        const auto taken =
            link_.inbox_.take(frame.parts, [&](const OrganisationId& origin, const ChannelId& c) {
                return wanted_.contains({origin, c});
            });
        received_ += taken.fresh;
        link_.received_from(partner_).add(static_cast<std::uint64_t>(taken.fresh));
        auto& upto = taken_[{taken.origin, taken.channel}];
        upto = std::max(upto, taken.upto);
    } catch (const StreamError& e) {
        if (e.code == "not_wanted") return;  // the list has changed while it was on its way
        log_warn("a partner's stream is not taken", {{"partner", partner_.name},
                                                     {"origin", e.origin.text()},
                                                     {"channel", e.channel.text()},
                                                     {"code", e.code},
                                                     {"detail", e.detail()}});
        if (e.code == "gap") {
            is_again_ = true;
        } else {
            // Not asked for again in this session.
            wanted_.erase({e.origin, e.channel});
            push(frame_of(FrameType::error,
                          Problem{e.code, e.detail().substr(0, longest_problem_text), e.origin, e.channel}));
            return;
        }
        look_at_lists();
    }
}

void Session::take_wants(const Wants& wants) {
    send_wanted(wants);
    heard_wants_ = wants;
    heard_wants_->again = false;
}

void Session::send_wanted(const Wants& wants) {
    std::vector<Outgoing> next;
    for (const auto& [w, history_from] : link_.shares_.take_wants(partner_, wants)) {
        auto from = w.next;
        if (!wants.again)
            for (const auto& known : outgoing_)
                if (known.origin == w.origin && known.channel == w.channel) from = std::max(from, known.next);
        next.push_back({w.origin, w.channel, from, history_from});
    }
    outgoing_ = std::move(next);
    if (wants.again) {
        in_flight_.clear();
        in_flight_bytes_ = 0;
    }
    signal_.cancel();
}

void Session::take_ack(const Ack& ack) {
    const auto is_done = [&](const InFlight& f) {
        return f.origin == ack.origin && f.channel == ack.channel && f.last <= ack.seq;
    };
    bool is_known = false;
    for (const auto& f : in_flight_)
        if (is_done(f)) {
            in_flight_bytes_ -= f.bytes;
            is_known = true;
        }
    if (!is_known) return;
    std::erase_if(in_flight_, is_done);
    const storage::Database::Relaxed relaxed;  // it is only told to people
    link_.db_.transact([&](storage::Tx& tx) {
        storage::StreamTable(tx).acknowledge(partner_.id, ack.origin, ack.channel, ack.seq, tx.now());
    });
    link_.delivered(ack.origin, ack.channel);
    signal_.cancel();
}

// As much as may be on its way; one batch of each stream in turn.
void Session::fill() {
    if (files_) return files_->fill();
    for (bool any = true; any;) {
        any = false;
        for (auto& stream : outgoing_) {
            if (!may_send()) return;
            any |= fill_from(stream);
        }
    }
}

// One batch: up to the last seal that is not too far. The first is taken whatever it is over.
bool Session::fill_from(Outgoing& stream) {
    return link_.db_.read([&](storage::Tx& tx) {
        storage::StreamTable table(tx);
        auto seals = table.seals(stream.origin, stream.channel, stream.next, most_in_a_seal);
        if (seals.empty()) return false;
        // Read after the seals, so that none is by a key that is not among them.
        const auto keys =
            stream.origin == link_.own_.id() ? link_.own_.keys() : known_keys(tx, stream.origin);
        tell_keys(keys);
        // A later one is over the same events.
        if (keys.has_bad())
            std::erase_if(seals, [&](const StoredSeal& seal) {
                return !keys.has_sealed(seal.seal, decode_seal(seal.seal).at, seal.signature);
            });
        if (seals.empty()) return false;
        const auto events =
            table.events(stream.origin, stream.channel, stream.next, most_in_a_seal, whole_seal);
        std::size_t count = 0, bytes = 0, at = 0;
        const StoredSeal* last = nullptr;
        for (const auto& seal : seals) {
            for (; at < events.size() && events[at].seq <= seal.last_seq; ++at)
                bytes += events[at].body.size();
            if (events.back().seq < seal.last_seq || (last && bytes > most_bytes_in_a_seal)) break;
            last = &seal;
            count = at;
        }
        if (!last) throw Error(Fault::internal, "federation.stream", "", "a seal is over more than there is");
        Frame frame{FrameType::batch, {last->seal, last->signature}};
        for (std::size_t i = 0; i < count; ++i) {
            frame.parts.push_back(events[i].header);
            const bool is_withheld = is_before(events[i], stream.history_from) ||
                                     (events[i].kind == kinds::emoji_set && !partner_.policy.emoji);
            frame.parts.push_back(is_withheld ? "" : events[i].body);
        }
        auto text = encode(frame);
        in_flight_.push_back({stream.origin, stream.channel, last->last_seq, text.size()});
        in_flight_bytes_ += text.size();
        sent_ += static_cast<std::int64_t>(count);
        link_.sent_to(partner_).add(count);
        stream.next = last->last_seq + 1;
        push(std::move(text));
        return true;
    });
}

}  // namespace concordat::federation
