"""When open stages should start their conversations, and what the mock's one slot should make of it: written again in
Python from the definitions, so that a run can be compared with something other than itself. Stages of one straight leg.
"""
import heapq
import math

LANES = 960
ARRIVALS, SEQUENCE = 0x61727269, 0x73657175  # what the draws are for
MASK = (1 << 64) - 1


def mix64(x):
    """One step of splitmix64."""
    x = (x + 0x9e3779b97f4a7c15) & MASK
    x = ((x ^ (x >> 30)) * 0xbf58476d1ce4e5b9) & MASK
    x = ((x ^ (x >> 27)) * 0x94d049bb133111eb) & MASK
    return x ^ (x >> 31)


def seed_of(first, *parts):
    h = mix64(first)
    for part in parts:
        h = mix64(h ^ mix64((part + 0x632be59bd9b4e019) & MASK))
    return h


def rotated(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


class Prng:
    """xoshiro256**"""

    def __init__(self, seed):
        self.state = []
        for _ in range(4):
            seed = mix64(seed)
            self.state.append(seed)

    def next(self):
        s = self.state
        result = (rotated((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)
        return result

    def exponential(self):
        return -math.log1p(-((self.next() >> 11) * 2.0 ** -53))


def time_of(count, begin_rate, end_rate, seconds):
    """Seconds until a straight line of rates has brought `count` starts."""
    slope = (end_rate - begin_rate) / seconds
    return 2 * count / (begin_rate + math.sqrt(max(0.0, begin_rate ** 2 + 2 * slope * count)))


def constant_starts(seconds, rate, to=None):
    to = rate if to is None else to
    total = (rate + to) / 2 * seconds
    return [0.0] + [time_of(k, rate, to, seconds) for k in range(1, math.ceil(total * (1 - 1e-12)))]


def poisson_starts(seconds, rate, to=None, seed=1, stage=1):
    to = rate if to is None else to
    total = (rate + to) / 2 * seconds

    def lane_starts(lane):
        prng, count = Prng(seed_of(seed, ARRIVALS, stage, lane)), 0.0
        while True:
            count += prng.exponential()
            if count * LANES >= total:
                return
            yield time_of(count * LANES, rate, to, seconds)
    return list(heapq.merge(*(lane_starts(lane) for lane in range(LANES))))


def mock_service_draws(count, mean_seconds, seed=1):
    """`mock --service exp(…)`: the first `count` draws."""
    prng = Prng(seed_of(seed, 0x11317))
    return [math.floor(mean_seconds * 1e9 * prng.exponential()) * 1e-9 for _ in range(count)]


def one_slot_latencies(starts, services):
    """Lindley's recursion: each waits until the one before has finished."""
    free, latencies = 0.0, []
    for start, service in zip(starts, services):
        free = max(start, free) + service
        latencies.append(free - start)
    return latencies


def quantile(values, q):
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]
