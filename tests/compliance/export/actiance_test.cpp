#include <Poco/DOM/AutoPtr.h>
#include <Poco/DOM/DOMParser.h>
#include <Poco/DOM/Document.h>
#include <Poco/DOM/Element.h>
#include <Poco/DOM/NodeList.h>

#include "compliance/export/formats.hpp"
#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {
namespace {

using Poco::XML::AutoPtr;
using Poco::XML::Element;

std::vector<Element*> children(const Element* of) {
    std::vector<Element*> out;
    for (auto* child = of->firstChild(); child; child = child->nextSibling())
        if (auto* element = dynamic_cast<Element*>(child)) out.push_back(element);
    return out;
}

std::vector<std::string> names(const Element* of) {
    std::vector<std::string> out;
    for (const auto* child : children(of)) out.push_back(child->nodeName());
    return out;
}

std::string text_of(const Element* of, const std::string& name) {
    const auto* child = of->getChildElement(name);
    return child ? child->innerText() : "(none)";
}

struct Parsed {
    explicit Parsed(const std::string& text) : document(Poco::XML::DOMParser().parseString(text)) {}
    const Element* conversation() const { return children(document->documentElement()).at(0); }
    AutoPtr<Poco::XML::Document> document;
};

TEST(ActianceExport, AConversationHasItsElementsInOrder) {
    Exporting e;
    const auto post = e.say(e.alice, "v1");
    const auto edited = e.edit(e.alice, post.id, "a<b & \"c\"\x01");
    const auto job = e.run({{"export_type", "actiance"}});
    const auto text = e.content(job.id).at("batch001/actiance_export.xml");
    EXPECT_TRUE(
        text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<FileDump "
                         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n  <Conversation"))
        << text.substr(0, 200);
    const Parsed xml(text);
    const auto* talk = xml.conversation();
    EXPECT_EQ(talk->getAttribute("Perspective"), "Channel room");
    EXPECT_EQ(text_of(talk, "RoomID"), "public - room - " + e.room.id.text());
    EXPECT_EQ(text_of(talk, "EndTimeUTC"), job.data.at("job_end_time"));
    EXPECT_EQ(names(talk), (std::vector<std::string>{"RoomID", "StartTimeUTC", "ParticipantEntered",
                                                     "ParticipantEntered", "Message", "Message",
                                                     "ParticipantLeft", "ParticipantLeft", "EndTimeUTC"}));
    const Element *old = nullptr, *fresh = nullptr;
    for (const auto* child : children(talk))
        if (child->nodeName() == "Message")
            (text_of(child, "UpdatedType") == "EditedOriginalMsg" ? old : fresh) = child;
    ASSERT_TRUE(old && fresh);
    EXPECT_EQ(names(old),
              (std::vector<std::string>{"MessageId", "LoginName", "UserType", "DateTimeUTC", "UpdatedType",
                                        "UpdatedDateTimeUTC", "EditedNewMsgId", "Content"}));
    EXPECT_EQ(text_of(old, "EditedNewMsgId"), post.id.text());
    EXPECT_EQ(text_of(old, "Content"), "v1");
    EXPECT_EQ(text_of(fresh, "Content"), "a<b & \"c\"\xEF\xBF\xBD");
    EXPECT_EQ(text_of(fresh, "UpdatedDateTimeUTC"), std::to_string(edited.edit_at));
    EXPECT_EQ(text.find("/>"), text.npos) << "no empty elements";
}

TEST(ActianceExport, WhoIsStillThereLeavesWithTheEnd) {
    Exporting e;
    e.say(e.alice, "hello");
    const auto job = e.run({{"export_type", "actiance"}});
    const Parsed xml(e.content(job.id).at("batch001/actiance_export.xml"));
    for (const auto* child : children(xml.conversation())) {
        if (child->nodeName() == "ParticipantLeft") {
            EXPECT_EQ(text_of(child, "DateTimeUTC"), job.data.at("job_end_time"));
        }
    }
}

TEST(ActianceExport, FilesAreTransferredAndDeleted) {
    Exporting e;
    const auto file = e.upload(e.alice, "a.txt", "the bytes");
    const auto post = e.say_with_file(e.alice, "look", file);
    e.remove(e.alice, post.id);
    const auto content = e.content(e.run({{"export_type", "actiance"}}).id);
    const Parsed xml(content.at("batch001/actiance_export.xml"));
    std::vector<std::string> seen;
    std::string path;
    for (const auto* child : children(xml.conversation())) {
        if (child->nodeName() == "FileTransferEnded") {
            EXPECT_EQ(names(child), (std::vector<std::string>{"LoginName", "DateTimeUTC", "UserFileName",
                                                              "FileName", "Status"}));
            path = text_of(child, "FileName");
        }
        if (child->nodeName() == "Message") seen.push_back(text_of(child, "UpdatedType"));
    }
    EXPECT_EQ(content.at("batch001/" + path), "the bytes");
    std::ranges::sort(seen);
    EXPECT_EQ(seen, (std::vector<std::string>{"(none)", "Deleted", "FileDeleted"}));
}

}  // namespace
}  // namespace concordat::compliance
