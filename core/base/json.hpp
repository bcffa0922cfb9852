// JSON for described structs. One name in three places: the member, the JSON key, the column.
//
// Reading is lenient: an unknown key is ignored, a missing key or null keeps the default, "true" is
// taken for true; a value of the wrong type throws bad_body(key). Reading is bounded: at most 64
// levels deep. Writing goes straight to text, without a tree in between: an empty std::optional is
// left out, an empty Nullable is null.
#pragma once
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/error.hpp"

namespace concordat {
namespace json = boost::json;

// Present or null on the wire, where std::optional is present or left out.
template <class T>
struct Nullable {
    std::optional<T> value;
    Nullable() = default;
    Nullable(T v) : value(std::move(v)) {}
    explicit operator bool() const { return value.has_value(); }
    const T& operator*() const { return *value; }
    bool operator==(const Nullable&) const = default;
};

template <class T>
using members_of =
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;
template <class T>
concept Described = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;
template <class T>
concept DescribedEnum = boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept TextLike = requires(const T& t) {
    { t.text() } -> std::convertible_to<std::string>;
}
&&requires(std::string_view s) {
    { T::from_text(s) } -> std::same_as<T>;
};

// Appends `text` quoted and escaped. Bytes that are not UTF-8 become U+FFFD.
void write_json_string(std::string& out, std::string_view text);
// Parses with our limits. Throws bad_body(what) on anything that is not JSON.
json::value parse_json_value(std::string_view text, const char* what = "body");

namespace detail {
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_nullable : std::false_type {};
template <class T>
struct is_nullable<Nullable<T>> : std::true_type {};
}  // namespace detail

// A string that already is JSON, written as it stands (read: any value, kept as its text).
struct RawJson {
    std::string text;
};

template <class T>
void write_json(std::string& out, const T& v) {
    if constexpr (std::is_same_v<T, RawJson>)
        out += v.text;
    else if constexpr (std::is_same_v<T, json::value> || std::is_same_v<T, json::object> ||
                       std::is_same_v<T, json::array>)
        out += json::serialize(v);
    else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>)
        write_json_string(out, v);
    else if constexpr (std::is_same_v<T, bool>)
        out += v ? "true" : "false";
    else if constexpr (std::is_integral_v<T>) {
        char digits[24];
        auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
        out.append(digits, end);
    } else if constexpr (std::is_floating_point_v<T>)
        out += json::serialize(json::value(v));
    else if constexpr (TextLike<T>) {
        out += '"';
        out += v.text();
        out += '"';
    } else if constexpr (detail::is_optional<T>::value) {
        if (v)
            write_json(out, *v);
        else
            out += "null";
    } else if constexpr (detail::is_nullable<T>::value) {
        write_json(out, v.value);
    } else if constexpr (detail::is_vector<T>::value) {
        out += '[';
        bool first = true;
        for (const auto& e : v) {
            if (!std::exchange(first, false)) out += ',';
            write_json(out, e);
        }
        out += ']';
    } else if constexpr (detail::is_map<T>::value) {
        out += '{';
        bool first = true;
        for (const auto& [k, e] : v) {
            if (!std::exchange(first, false)) out += ',';
            write_json_string(out, k);
            out += ':';
            write_json(out, e);
        }
        out += '}';
    } else if constexpr (DescribedEnum<T>) {
        out += '"';
        out += boost::describe::enum_to_string(v, "");
        out += '"';
    } else {
        static_assert(Described<T>, "add BOOST_DESCRIBE_STRUCT next to the struct");
        out += '{';
        bool first = true;
        boost::mp11::mp_for_each<members_of<T>>([&](auto m) {
            const auto& member = v.*m.pointer;
            if constexpr (detail::is_optional<std::decay_t<decltype(member)>>::value) {
                if (!member) return;
            }
            if (!std::exchange(first, false)) out += ',';
            out += '"';
            out += m.name;
            out += "\":";
            write_json(out, member);
        });
        out += '}';
    }
}

template <class T>
std::string json_text(const T& v) {
    std::string out;
    write_json(out, v);
    return out;
}

// `name` is the key being read, for the error.
template <class T>
void from_json(const json::value& in, T& out, const char* name = "body") {
    if constexpr (std::is_same_v<T, json::value>)
        out = in;
    else if constexpr (std::is_same_v<T, RawJson>)
        out.text = json::serialize(in);
    else if constexpr (detail::is_nullable<T>::value) {
        if (in.is_null())
            out.value.reset();
        else
            from_json(in, out.value.emplace(), name);
    } else if (in.is_null()) {
        return;
    } else if constexpr (std::is_same_v<T, json::object>) {
        if (!in.is_object()) throw bad_body(name);
        out = in.get_object();
    } else if constexpr (std::is_same_v<T, json::array>) {
        if (!in.is_array()) throw bad_body(name);
        out = in.get_array();
    } else if constexpr (std::is_same_v<T, bool>) {
        if (in.is_bool())
            out = in.get_bool();
        else if (in.is_string() && (in.get_string() == "true" || in.get_string() == "false"))
            out = in.get_string() == "true";
        else
            throw bad_body(name);
    } else if constexpr (std::is_arithmetic_v<T>) {
        boost::system::error_code ec;
        out = in.to_number<T>(ec);
        if (ec) throw bad_body(name);
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!in.is_string()) throw bad_body(name);
        out = std::string(in.get_string());
    } else if constexpr (TextLike<T>) {
        if (!in.is_string()) throw bad_body(name);
        try {
            out = T::from_text(in.get_string());
        } catch (const Error&) {
            throw bad_body(name);  // the id's own error cannot know the key
        }
    } else if constexpr (detail::is_optional<T>::value) {
        from_json(in, out.emplace(), name);
    } else if constexpr (detail::is_vector<T>::value) {
        if (!in.is_array()) throw bad_body(name);
        out.clear();
        out.reserve(in.get_array().size());
        for (const auto& e : in.get_array()) {
            if (e.is_null()) throw bad_body(name);
            typename T::value_type element{};
            from_json(e, element, name);
            out.push_back(std::move(element));
        }
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) {
        if (!in.is_object()) throw bad_body(name);  // clients send flags in string maps as true or "true"
        for (const auto& kv : in.get_object()) {
            auto& slot = out[std::string(kv.key())];
            if (kv.value().is_string())
                slot = std::string(kv.value().get_string());
            else if (kv.value().is_bool() || kv.value().is_number())
                slot = json::serialize(kv.value());
            else if (!kv.value().is_null())
                throw bad_body(name);
        }
    } else if constexpr (detail::is_map<T>::value) {
        if (!in.is_object()) throw bad_body(name);
        for (const auto& kv : in.get_object()) from_json(kv.value(), out[std::string(kv.key())], name);
    } else if constexpr (DescribedEnum<T>) {
        if (!in.is_string() || !boost::describe::enum_from_string(in.get_string().c_str(), out))
            throw bad_body(name);
    } else {
        static_assert(Described<T>, "add BOOST_DESCRIBE_STRUCT next to the struct");
        if (!in.is_object()) throw bad_body(name);
        boost::mp11::mp_for_each<members_of<T>>([&](auto m) {
            if (auto* v = in.get_object().if_contains(m.name)) from_json(*v, out.*m.pointer, m.name);
        });
    }
}

template <class T>
T parse_json(std::string_view text, const char* what = "body") {
    T out{};
    from_json(parse_json_value(text, what), out, what);
    return out;
}

}  // namespace concordat
