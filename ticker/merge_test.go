package ticker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var (
	every    = Told{Kind: EveryChange, REST: true}
	throttle = Told{Kind: Throttled, Delay: 2 * time.Second, REST: true}
	trades   = Told{Kind: OnTrade, REST: true}
	never    = Told{REST: true}
)

// sec is a moment of the tables below.
func sec(s int) time.Time { return time.Unix(int64(1000+s), 0) }

// The rows of the table for what the owning link tells.
func TestMergeStream(t *testing.T) {
	five := held{source: Stream, key: 5, received: sec(1), spoken: true}
	answered := held{source: REST, key: 5, received: sec(1)}
	doubted := five
	doubted.doubt, doubted.dropped = sec(2), sec(2)
	for _, c := range []struct {
		row  string
		h    held
		m    message
		told Told
		want verdict
	}{
		{"the first message replaces", held{}, message{key: 5}, every, replaced},
		{"the first message without a key replaces", held{}, message{}, every, replaced},
		{"lower key: dropped", five, message{key: 4, received: sec(2)}, every, late},
		{"lower key, and still within delay and grace", doubted, message{key: 4, received: sec(7)}, every, late},
		{"lower key for too long: the keys are void", doubted, message{key: 4, received: sec(8)}, every, restarted},
		{"a throttled feed owes its delay more", doubted, message{key: 4, received: sec(9)}, throttle, late},
		{"until that is over too", doubted, message{key: 4, received: sec(10)}, throttle, restarted},
		{"equal key, equal value: double", five, message{key: 5, same: true}, every, double},
		{"equal key, other value: replaces", five, message{key: 5}, every, replaced},
		{"equal key, other value, over an answer: replaces", answered, message{key: 5}, every, replaced},
		{"but not where the group rides on trades", answered, message{key: 5}, trades, double},
		{"on trade, equal key, told by the stream before: replaces", five, message{key: 5}, trades, replaced},
		{"higher key: replaces", five, message{key: 6}, every, replaced},
		{"higher key after doubt: replaces", doubted, message{key: 6, received: sec(20)}, every, replaced},
		{"the message has no key: replaces", five, message{}, every, replaced},
		{"what is held has no key: replaces", held{source: REST}, message{key: 1}, every, replaced},
		{"another epoch: replaces", five, message{key: 4, epoch: 1}, every, replaced},
	} {
		assert.Equal(t, c.want, mergeStream(&c.h, &c.m, &c.told, 0), c.row)
	}
}

// The rows of the table for REST answers, under a link that began at 10.
func TestMergeAnswer(t *testing.T) {
	spoken := held{source: Stream, key: 5, received: sec(12), spoken: true}
	plain := held{source: Stream, received: sec(12), spoken: true}
	before := held{source: Stream, key: 5, received: sec(8)} // told by an earlier link
	stale := held{source: REST, received: sec(8)}
	sure := held{source: REST, received: sec(11), confirmed: true}
	doubt := held{source: Stream, key: 5, received: sec(12), spoken: true, doubt: sec(13), dropped: sec(13)}
	unsure := held{source: Stream, key: 5, received: sec(8), doubt: sec(13), dropped: sec(13)}
	lower := unsure
	lower.lower = true
	for _, c := range []struct {
		row    string
		h      held
		m      message
		told   Told
		closed bool
		want   verdict
	}{
		{"spoken, both have keys, higher, valid since it was told: replaces", spoken, message{key: 6, valid: sec(12)}, every, false, replaced},
		{"higher, but from before it was told: maybe of before a restart", spoken, message{key: 6, valid: sec(11)}, every, false, ignored},
		{"spoken, equal key: stays", spoken, message{key: 5, valid: sec(15)}, every, false, ignored},
		{"spoken, lower key: stays", spoken, message{key: 4, valid: sec(15)}, every, false, ignored},
		{"spoken, no key, every change: stays", plain, message{valid: sec(15)}, every, false, ignored},
		{"spoken, no key, throttled: stays", plain, message{valid: sec(15)}, throttle, false, ignored},
		{"spoken, on trade, valid later: replaces", plain, message{valid: sec(13)}, trades, false, replaced},
		{"spoken, on trade, valid earlier: stays", plain, message{valid: sec(12)}, trades, false, ignored},
		{"spoken, on trade, equal key, valid later: replaces", spoken, message{key: 5, valid: sec(13)}, trades, false, replaced},

		{"not spoken, lower key: a cache", before, message{key: 4, valid: sec(7)}, every, false, ignored},
		{"not spoken, lower key, true after the held value came: doubt", before, message{key: 4, valid: sec(11)}, every, false, late},
		{"in doubt, lower key: stays in doubt", unsure, message{key: 4, received: sec(18), valid: sec(17)}, every, false, ignored},
		{"in doubt for too long by the stream, too, lower key: the keys are void", lower, message{key: 4, received: sec(19), valid: sec(18)}, every, false, restarted},
		{"unless the answer is from before the doubt", lower, message{key: 4, received: sec(19), valid: sec(12)}, every, false, ignored},
		{"in doubt by answers alone, lower key: a cache", unsure, message{key: 4, received: sec(900), valid: sec(899)}, every, false, ignored},
		{"in doubt for longer than caches are old: the keys are void", unsure, message{key: 4, received: sec(914), valid: sec(913)}, every, false, restarted},
		{"in doubt, equal key and value: settled", doubt, message{key: 5, same: true, valid: sec(13)}, every, false, settled},
		{"in doubt, equal key, other value: replaces", doubt, message{key: 5, valid: sec(13)}, every, false, confirmed},
		{"in doubt, higher key: replaces", doubt, message{key: 6, valid: sec(13)}, every, false, confirmed},
		{"in doubt, no key: replaces", doubt, message{valid: sec(13)}, every, false, confirmed},
		{"in doubt, not spoken, from before the beginning: settles nothing", held{source: Stream, key: 5, received: sec(8), doubt: sec(9), dropped: sec(9)}, message{key: 6, valid: sec(9)}, every, false, ignored},
		{"in doubt, from before the last dropped message: settles nothing", doubt, message{key: 5, same: true, valid: sec(12)}, every, false, ignored},
		{"nor does a higher key", doubt, message{key: 6, valid: sec(12)}, every, false, ignored},
		{"nor one without", doubt, message{valid: sec(12)}, every, false, ignored},

		{"unknown, valid since the beginning: confirmed", held{}, message{valid: sec(10)}, every, false, confirmed},
		{"unknown, valid before: filled", held{}, message{valid: sec(9)}, every, false, filled},
		{"unknown, no link is open: filled", held{}, message{valid: sec(15)}, every, true, filled},
		{"known, no link is open: stays", stale, message{valid: sec(15)}, every, true, ignored},
		{"known, no link is open, higher key: stays", before, message{key: 6, valid: sec(15)}, every, true, ignored},
		{"not spoken, valid since the beginning: confirmed", stale, message{valid: sec(10)}, every, false, confirmed},
		{"not spoken, equal key: confirmed", before, message{key: 5, same: true, valid: sec(10)}, every, false, confirmed},
		{"not spoken, higher key: confirmed", before, message{key: 6, valid: sec(10)}, every, false, confirmed},
		{"not spoken, valid before: stays", stale, message{valid: sec(9)}, every, false, ignored},
		{"not spoken, valid before, higher key: stays", before, message{key: 6, valid: sec(9)}, every, false, ignored},
		{"confirmed: for the audit only", sure, message{valid: sec(15)}, every, false, ignored},
		{"confirmed, throttled: for the audit only", sure, message{valid: sec(15)}, throttle, false, ignored},
		{"confirmed, never told: the newer answer", sure, message{valid: sec(11)}, never, false, confirmed},
		{"confirmed, never told, older than the last answer: stays", sure, message{valid: sec(10)}, never, false, ignored},
		{"the older of two links told later than the answer: stays", held{source: Stream, received: sec(14)}, message{valid: sec(13)}, every, false, ignored},
	} {
		assert.Equal(t, c.want, mergeAnswer(&c.h, &c.m, &c.told, sec(10), !c.closed, 0), c.row)
	}
}
