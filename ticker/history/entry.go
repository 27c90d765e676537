package history

import (
	"encoding/binary"
	"hash/crc32"
)

// place is where a batch stands: of one spool, sessions rise from one opening to
// the next, and batches within a session from 1.
type place struct{ session, batch uint64 }

func (p place) after(o place) bool {
	return p.session > o.session || p.session == o.session && p.batch > o.batch
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal makes an entry: a checksum, the place, the events.
func seal(p place, events []byte) []byte {
	entry := make([]byte, 4, 4+2*binary.MaxVarintLen64+len(events))
	entry = binary.AppendUvarint(entry, p.session)
	entry = binary.AppendUvarint(entry, p.batch)
	entry = append(entry, events...)
	binary.LittleEndian.PutUint32(entry, crc32.Checksum(entry[4:], castagnoli))
	return entry
}

func unseal(entry []byte) (p place, events []byte, ok bool) {
	if len(entry) < 4 || binary.LittleEndian.Uint32(entry) != crc32.Checksum(entry[4:], castagnoli) {
		return p, nil, false
	}
	b := entry[4:]
	var n, m int
	p.session, n = binary.Uvarint(b)
	p.batch, m = binary.Uvarint(b[max(n, 0):])
	if n <= 0 || m <= 0 {
		return p, nil, false
	}
	return p, b[n+m:], true
}
