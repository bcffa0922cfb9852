// QR codes as PNG images. Pure; libqrencode makes the pattern.
#pragma once
#include <string>

namespace concordat::identity {

// Black on white, one byte a pixel, `scale` pixels a module, a quiet zone of four modules. Throws Error
// (internal, identity.qr.failed) for a text that does not fit.
std::string qr_png(const std::string& text, int scale = 6);

}  // namespace concordat::identity
