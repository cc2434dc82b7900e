/** Who is in sight when not everybody fits: places stay steady, speakers come forward. */

/**
 * The order of `ids` for `capacity` places. Starts from the previous `order`, appends the new, and
 * gives each speaker out of sight the place of the visible one who has been silent longest.
 * `spokeAt(id)`: when it last spoke (0 = never); `isSpeaking(id)`; `keeps(id)`: never displaced.
 */
export function arrange(order, ids, capacity, { spokeAt, isSpeaking, keeps }) {
  const present = new Set(ids);
  const known = new Set(order);
  const next = [...order.filter((id) => present.has(id)), ...ids.filter((id) => !known.has(id))];
  for (let hidden = capacity; hidden < next.length; hidden++) {
    if (!isSpeaking(next[hidden])) continue;
    let quietest = -1;
    for (let index = 0; index < capacity; index++) {
      const id = next[index];
      if (keeps(id) || isSpeaking(id)) continue;
      if (quietest < 0 || spokeAt(id) < spokeAt(next[quietest])) quietest = index;
    }
    if (quietest < 0) break;
    [next[quietest], next[hidden]] = [next[hidden], next[quietest]];
  }
  return next;
}
