// A doubly linked list through its members: no allocation, O(1) removal from the middle.
#pragma once
#include "base/assert.h"

namespace ringload {

struct ListNode {
  ListNode* prev = nullptr;
  ListNode* next = nullptr;

  bool linked() const { return next != nullptr; }

  void unlink() {
    if (!linked()) return;
    prev->next = next;
    next->prev = prev;
    prev = next = nullptr;
  }
};

// A list of T, where T derives from ListNode (or from a type that does). Elements are not owned.
template <class T>
class IntrusiveList {
 public:
  IntrusiveList() { head_.prev = head_.next = &head_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const { return head_.next == &head_; }
  T* front() { return empty() ? nullptr : static_cast<T*>(head_.next); }

  void push_back(T* item) { insert(item, head_.prev, &head_); }
  void push_front(T* item) { insert(item, &head_, head_.next); }

  T* pop_front() {
    T* item = front();
    if (item != nullptr) static_cast<ListNode*>(item)->unlink();
    return item;
  }

  // Calls visit(item) for each; visit may unlink the item it is given, no other.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (ListNode* node = head_.next; node != &head_;) {
      ListNode* following = node->next;
      visit(static_cast<T*>(node));
      node = following;
    }
  }

 private:
  static void insert(T* item, ListNode* before, ListNode* after) {
    ListNode* node = item;
    RINGLOAD_ASSERT(!node->linked());
    node->prev = before;
    node->next = after;
    before->next = node;
    after->prev = node;
  }

  ListNode head_;
};

}  // namespace ringload
