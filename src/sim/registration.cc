// Files, file tables and provided buffers: io_uring_register(2).
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/assert.h"
#include "io/socket_options.h"
#include "sim/sim_kernel.h"

namespace ringload::sim {

// ---- files ----

File* SimKernel::new_file(FileKind kind) {
  ++files_;
  auto* file = new File;
  file->kind = kind;
  file->references = 1;
  return file;
}

File* SimKernel::new_socket(Endpoint& endpoint) {
  File* file = new_file(FileKind::socket);
  file->endpoint = &endpoint;
  return file;
}

void SimKernel::drop(File* file) {
  if (file == nullptr) return;
  RINGLOAD_ASSERT(file->references > 0);
  if (--file->references > 0) return;
  if (file->kind == FileKind::socket) network_.release(*file->endpoint);
  if (file->kind == FileKind::host && file->host_fd >= 0) ::close(file->host_fd);
  --files_;
  delete file;
}

// As sqe->file_index says: 0 a descriptor, ~0 a slot of the kernel's choice, else this slot + 1.
int SimKernel::install(SimRing& ring, uint32_t file_index, File& file) {
  if (file_index == 0) {
    hold(file);
    return descriptors_.add(&file);
  }
  if (ring.files.empty()) return -ENXIO;
  uint32_t slot = file_index - 1;
  int result = 0;
  if (file_index == IORING_FILE_INDEX_ALLOC) {
    result = ring.choose_slot();
    if (result < 0) return -ENFILE;
    slot = static_cast<uint32_t>(result);
  } else if (slot >= ring.files.size()) {
    return -EINVAL;
  }
  if (ring.files[slot] != nullptr) violation("a file installed over slot " + std::to_string(slot) + ", which is in use");
  hold(file);
  drop(std::exchange(ring.files[slot], &file));
  return result;
}

int SimKernel::update_files(SimRing& ring, unsigned offset, const int* fds, unsigned count) {
  if (ring.files.empty()) return -ENXIO;
  if (offset > ring.files.size() || count > ring.files.size() - offset) return -EINVAL;
  for (unsigned i = 0; i < count; ++i) {
    if (fds[i] == IORING_REGISTER_FILES_SKIP) continue;
    File* file = nullptr;
    if (fds[i] >= Descriptors::kFirst) {
      file = descriptors_.get(fds[i]);
      if (file != nullptr) hold(*file);
    } else if (fds[i] >= 0 && ::fcntl(fds[i], F_GETFD) >= 0) {
      file = new_file(FileKind::host);
      file->host_fd = ::fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
    }
    if (file == nullptr && fds[i] != -1) return i > 0 ? static_cast<int>(i) : -EBADF;
    File* before = std::exchange(ring.files[offset + i], file);
    if (before != nullptr && file != nullptr)
      violation("a file installed over slot " + std::to_string(offset + i) + ", which is in use");
    if (before != nullptr && file == nullptr) ring.alloc_hint = offset + i;
    drop(before);
  }
  return static_cast<int>(count);
}

// ---- provided buffers ----

int SimKernel::register_buffers(SimRing& ring, const io_uring_buf_reg& registration) {
  if (registration.pad != 0 || registration.resv[0] != 0) return -EINVAL;  // incremental buffers are not simulated
  const uint32_t entries = registration.ring_entries;
  if (entries == 0 || entries > 32768 || (entries & (entries - 1)) != 0) return -EINVAL;
  if (registration.ring_addr == 0) return -EFAULT;
  if (registration.ring_addr % 4096 != 0) return -EINVAL;
  BufferGroup group;
  group.shared = reinterpret_cast<io_uring_buf_ring*>(registration.ring_addr);
  group.entries = entries;
  group.with_kernel.resize(65536);
  return ring.groups.try_emplace(registration.bgid, std::move(group)).second ? 0 : -EEXIST;
}

// The buffer that the next receive would take; null when there is none.
const io_uring_buf* SimKernel::peek_buffer(BufferGroup& group) {
  const uint16_t tail = __atomic_load_n(&group.shared->tail, __ATOMIC_ACQUIRE);
  for (; group.checked != tail; ++group.checked) {
    const uint16_t id = group.shared->bufs[group.checked & (group.entries - 1)].bid;
    if (group.with_kernel[id]) violation("buffer " + std::to_string(id) + " provided twice");
    group.with_kernel[id] = true;
  }
  return group.head == tail ? nullptr : &group.shared->bufs[group.head & (group.entries - 1)];
}

// ---- io_uring_register(2) ----

int SimKernel::probe(io_uring_probe& probe, unsigned length) const {
  // The last operation of 6.1, of 6.7 and of 6.18.
  unsigned last = IORING_OP_SENDMSG_ZC;
  if ((options_.features & (io::kSocketOption | io::kPortRange)) != 0) last = io::kOpFutexWait;
  if ((options_.features & io::kBind) != 0) last = 62;
  std::memset(static_cast<void*>(&probe), 0, sizeof probe + length * sizeof(io_uring_probe_op));
  probe.last_op = static_cast<uint8_t>(last);
  probe.ops_len = static_cast<uint8_t>(length < last + 1 ? length : last + 1);
  for (unsigned op = 0; op < probe.ops_len; ++op) {
    probe.ops[op].op = static_cast<uint8_t>(op);
    // FUTEX_WAIT only says how new the kernel is.
    const bool listed = op == static_cast<unsigned>(io::kOpFutexWait) &&
                        (options_.features & (io::kSocketOption | io::kPortRange)) != 0;
    if (supports(op) || listed) probe.ops[op].flags = IO_URING_OP_SUPPORTED;
  }
  return 0;
}

int SimKernel::reg(SimRing& ring, unsigned opcode, void* argument, unsigned nr) {
  switch (opcode) {
    case IORING_REGISTER_ENABLE_RINGS:
      if (ring.enabled) return -EBADFD;
      ring.enabled = true;
      return 0;
    case IORING_REGISTER_RING_FDS: return 1;
    case IORING_REGISTER_PROBE: return nr > 256 ? -EINVAL : probe(*static_cast<io_uring_probe*>(argument), nr);
    case IORING_REGISTER_FILES2: {
      const auto& table = *static_cast<const io_uring_rsrc_register*>(argument);
      if (nr != sizeof table || table.nr == 0) return -EINVAL;
      if (!ring.files.empty()) return -EBUSY;
      if (table.nr > options_.file_limit) return -EMFILE;
      const bool sparse = (table.flags & IORING_RSRC_REGISTER_SPARSE) != 0;
      ring.files.resize(table.nr);
      ring.alloc_to = table.nr;
      if (sparse) return 0;
      const int result = update_files(ring, 0, reinterpret_cast<const int*>(table.data), table.nr);
      return result < 0 ? result : 0;
    }
    case IORING_UNREGISTER_FILES:
      if (ring.files.empty()) return -ENXIO;
      for (File* file : ring.files) drop(file);
      ring.files.clear();
      return 0;
    case IORING_REGISTER_FILES_UPDATE: {
      const auto& update = *static_cast<const io_uring_files_update*>(argument);
      if (update.resv != 0 || nr == 0) return -EINVAL;
      return update_files(ring, update.offset, reinterpret_cast<const int*>(update.fds), nr);
    }
    case IORING_REGISTER_FILE_ALLOC_RANGE: {
      const auto& range = *static_cast<const io_uring_file_index_range*>(argument);
      if (nr != 0 || range.resv != 0) return -EINVAL;
      if (range.off > ring.files.size() || range.len > ring.files.size() - range.off) return -EINVAL;
      ring.alloc_from = ring.alloc_hint = range.off;
      ring.alloc_to = range.off + range.len;
      return 0;
    }
    case IORING_REGISTER_PBUF_RING:
      return nr != 1 ? -EINVAL : register_buffers(ring, *static_cast<const io_uring_buf_reg*>(argument));
    case IORING_UNREGISTER_PBUF_RING: {
      const auto& registration = *static_cast<const io_uring_buf_reg*>(argument);
      return ring.groups.erase(registration.bgid) > 0 ? 0 : -ENOENT;
    }
    default: return -EINVAL;
  }
}

}  // namespace ringload::sim
