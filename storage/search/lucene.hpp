// CLucene's headers, which do not stand our warnings. Private to this room: no type of theirs is in a header
// that other rooms see.
#pragma once
#pragma GCC system_header
#include <CLucene.h>
#include <CLucene/index/MergePolicy.h>
#include <CLucene/index/MergeScheduler.h>
#include <CLucene/index/Payload.h>
#include <CLucene/store/Directory.h>
#include <CLucene/store/IndexInput.h>
#include <CLucene/store/IndexOutput.h>
#include <CLucene/store/Lock.h>
#include <CLucene/store/LockFactory.h>
