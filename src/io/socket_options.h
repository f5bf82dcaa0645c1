// Constants newer than Debian 12's headers, with the kernel that brought them.
#pragma once

namespace ringload::io {

inline constexpr int kIpBindAddressNoPort = 24;       // 4.2
inline constexpr int kIpLocalPortRange = 51;          // 6.3
inline constexpr int kSocketUringSetSockOpt = 3;      // SOCKET_URING_OP_SETSOCKOPT, 6.7
inline constexpr int kOpFutexWait = 51;               // 6.7: stands for the kernel that has the above
inline constexpr int kOpBind = 56;                    // 6.11
inline constexpr unsigned kFeatMinTimeout = 1u << 15; // 6.12: stands for the kernel that has ENTER_ABS_TIMER
inline constexpr unsigned kEnterAbsTimer = 1u << 5;   // 6.12
inline constexpr unsigned kEnterNoIowait = 1u << 7;   // 6.15

}  // namespace ringload::io
