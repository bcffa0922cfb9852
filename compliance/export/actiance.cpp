// actiance_export.xml: the elements and order of Mattermost's Actiance export.
#include <Poco/SAX/AttributesImpl.h>
#include <Poco/XML/XMLWriter.h>

#include <algorithm>
#include <sstream>

#include "compliance/export/formats.hpp"
#include "core/base/text.hpp"

namespace concordat::compliance {
namespace {

// What XML 1.0 cannot hold becomes U+FFFD (section 2.2 of the recommendation).
std::string xml_chars(const std::string& text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
        // U+FFFE and U+FFFF
        const bool is_non_character = byte == 0xEF && i + 2 < text.size() &&
                                      static_cast<unsigned char>(text[i + 1]) == 0xBF &&
                                      static_cast<unsigned char>(text[i + 2]) >= 0xBE;
        if (is_control || is_non_character) {
            out += "\xEF\xBF\xBD";
            if (is_non_character) i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

class Document {
public:
    Document()
        : writer_(out_, Poco::XML::XMLWriter::WRITE_XML_DECLARATION | Poco::XML::XMLWriter::PRETTY_PRINT) {
        writer_.setNewLine("\n");
        writer_.setIndent("  ");
        writer_.startDocument();
    }
    void open(const std::string& name, const std::string& attribute = {}, const std::string& value = {}) {
        Poco::XML::AttributesImpl attributes;
        if (!attribute.empty()) attributes.addAttribute("", "", attribute, "CDATA", xml_chars(value));
        writer_.startElement("", "", name, attributes);
    }
    void close(const std::string& name) { writer_.endElement("", "", name); }
    // Left out when there is nothing to say.
    void leaf(const std::string& name, const std::string& text) {
        if (text.empty()) return;
        writer_.startElement("", "", name);
        writer_.characters(xml_chars(text));
        writer_.endElement("", "", name);
    }
    std::string text() {
        writer_.endDocument();
        return out_.str();
    }

private:
    std::ostringstream out_;
    Poco::XML::XMLWriter writer_;
};

void write_stay(Document& xml, const char* name, const Identity& who, Millis at) {
    xml.open(name);
    xml.leaf("LoginName", who.email);
    xml.leaf("UserType", user_type(who));
    xml.leaf("DateTimeUTC", std::to_string(at));
    xml.leaf("CorporateEmailID", who.email);
    xml.close(name);
}

std::string stored_path(const ExportedFile& f) {
    return "files/" + f.info.channel_id.text() + "/" + f.info.id.text() + "/" + safe_name(f.info.name);
}

void write_message(Document& xml, const ExportedPost& p) {
    xml.open("Message");
    xml.leaf("MessageId", p.post.id.text());
    xml.leaf("LoginName", p.author.email);
    xml.leaf("UserType", user_type(p.author));
    xml.leaf("DateTimeUTC", std::to_string(p.post.create_at));
    if (p.change != Change::created) {
        xml.leaf("UpdatedType", word_of(p.change));
        xml.leaf("UpdatedDateTimeUTC", std::to_string(p.at));
    }
    xml.leaf("EditedNewMsgId", p.new_version_id.text());
    xml.leaf("Content", (p.change == Change::deleted ? "delete " : "") + p.post.message);
    if (const auto* id = p.post.props.if_contains("previewed_post"); id && id->is_string())
        xml.leaf("PreviewsPost", std::string(id->get_string()));
    xml.close("Message");
}

void write_transfer(Document& xml, const ExportedFile& f, bool has_ended) {
    const char* name = has_ended ? "FileTransferEnded" : "FileTransferStarted";
    xml.open(name);
    xml.leaf("LoginName", f.author.email);
    xml.leaf("DateTimeUTC", std::to_string(f.post_create_at));
    xml.leaf("UserFileName", f.info.name);
    xml.leaf("FileName", stored_path(f));
    if (has_ended) xml.leaf("Status", "Completed");
    xml.close(name);
}

void write_deletion(Document& xml, const ExportedFile& f) {
    xml.open("Message");
    xml.leaf("MessageId", f.post_id.text());
    xml.leaf("LoginName", f.author.email);
    xml.leaf("UserType", user_type(f.author));
    xml.leaf("DateTimeUTC", std::to_string(f.post_create_at));
    xml.leaf("UpdatedType", "FileDeleted");
    xml.leaf("UpdatedDateTimeUTC", std::to_string(f.info.delete_at));
    xml.leaf("Content", "delete " + stored_path(f));
    xml.close("Message");
}

void write_channel(Document& xml, const ExportedChannel& c, const Batch& batch) {
    xml.open("Conversation", "Perspective", c.display_name);
    xml.leaf("RoomID",
             std::string(type_word(c.channel.type)) + " - " + c.channel.name + " - " + c.channel.id.text());
    xml.leaf("StartTimeUTC", std::to_string(batch.starts));
    for (const auto& stay : c.stays) write_stay(xml, "ParticipantEntered", stay.who, stay.join_at);
    // In time; files after the messages of the same millisecond.
    struct Event {
        Millis at;
        int rank;
        std::string id;
        std::function<void()> write;
    };
    std::vector<Event> events;
    for (const auto& p : c.posts)
        events.push_back({p.change == Change::created ? p.post.create_at : p.at, 0, p.post.id.text(),
                          [&xml, &p] { write_message(xml, p); }});
    for (const auto& f : c.files) {
        if (f.is_upload) {
            events.push_back(
                {f.post_create_at, 1, f.info.id.text(), [&xml, &f] { write_transfer(xml, f, false); }});
            events.push_back(
                {f.post_create_at, 2, f.info.id.text(), [&xml, &f] { write_transfer(xml, f, true); }});
        }
        if (f.is_deleted)
            events.push_back({f.info.delete_at, 3, f.info.id.text(), [&xml, &f] { write_deletion(xml, f); }});
    }
    std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
        return std::tie(a.at, a.rank, a.id) < std::tie(b.at, b.rank, b.id);
    });
    for (const auto& event : events) event.write();
    // Who is still there leaves with the end of the archive.
    struct Leaving {
        Millis at;
        const Identity* who;
    };
    std::vector<Leaving> leavings;
    for (const auto& stay : c.stays)
        leavings.push_back({stay.leave_at > 0 ? stay.leave_at : batch.ends, &stay.who});
    std::stable_sort(leavings.begin(), leavings.end(), [](const Leaving& a, const Leaving& b) {
        return std::tie(a.at, a.who->email) < std::tie(b.at, b.who->email);
    });
    for (const auto& leaving : leavings) write_stay(xml, "ParticipantLeft", *leaving.who, leaving.at);
    xml.leaf("EndTimeUTC", std::to_string(batch.ends));
    xml.close("Conversation");
}

}  // namespace

std::string actiance_text(const Batch& batch) {
    Document xml;
    xml.open("FileDump", "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    for (const auto& channel : batch.channels) write_channel(xml, channel, batch);
    xml.close("FileDump");
    return xml.text();
}

}  // namespace concordat::compliance
