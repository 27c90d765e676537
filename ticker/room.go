package ticker

// Room reports whether the Book would hold at most so many markets with those of
// a list, beside all that it has ever held: a removed market keeps its place.
func (k *Keeper) Room(ls []Listed, most int) (ok bool) {
	k.with(func(b *Book) {
		n := len(b.slots)
		for i := range ls {
			if _, held := b.find(ls[i].Market); !held {
				n++
			}
		}
		ok = n <= most
	})
	return ok
}
