#pragma once

#include "BatonObject.h"
#include "RunMetadata.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::ont {

/// Takes RapidJSON's SAX events of one line and keeps of it what makes a run. A function answers
/// false where the line is refused; fault() then says why.
class BatonHandler {
public:
    /// Objects and arrays may be nested this deep.
    static constexpr std::size_t kDepth = 100;

    BatonHandler() : _open(kDepth) {}

    /// Forgets the line before.
    void start();

    /// Why the line is refused; empty: nothing found so far.
    const std::string& fault() const { return _fault; }

    /// The line's own object. Shape: the whole line has been read.
    const BatonObject& root() const { return _open.front(); }

    /// The metadata of that object.
    const RunMetadata& metadata() const { return _metadata; }

    /// What is wrong with the elements of `avus` or `access`; empty: nothing.
    const std::string& elementFault() const
    {
        return _avusFault.empty() ? _accessFault : _avusFault;
    }

    bool Null() { return scalar(Shape::null, {}); }
    bool Bool(bool value) { return scalar(Shape::boolean, value ? "True" : "False"); }
    bool RawNumber(const char* text, unsigned length, bool)
    {
        return scalar(Shape::number, {text, length});
    }
    bool String(const char* text, unsigned length, bool);
    bool Key(const char* text, unsigned length, bool);
    bool StartObject() { return open(Shape::object); }
    bool EndObject(unsigned);
    bool StartArray() { return open(Shape::array); }
    bool EndArray(unsigned);

    // RapidJSON asks for these, but numbers come as text.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(long) { return false; }
    bool Uint64(unsigned long) { return false; }
    bool Double(double) { return false; }

private:
    bool refuse(std::string fault);
    bool scalar(Shape shape, std::string_view text);
    bool open(Shape shape);
    bool inRootArray(ont::Key key) const;
    void noteElement(Shape shape, BatonKind kind);
    bool refuseError(const BatonObject& error);
    BatonObject& top() { return _open[_depth - 1]; }

    std::vector<BatonObject> _open; ///< the first _depth of them are open; made once, used again
    std::size_t _depth{};
    RunMetadata _metadata;
    std::string _fault;
    std::string _avusFault;
    std::string _accessFault;
};

} // namespace notifyhost::ont
