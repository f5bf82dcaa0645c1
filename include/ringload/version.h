#pragma once
#define RINGLOAD_VERSION "0.1.0"
