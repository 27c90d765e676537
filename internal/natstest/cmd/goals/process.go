package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// patience is how long anything may take that has to come; no measure of anything.
const patience = time.Minute

// process is one that this program has started. It is for one goroutine.
type process struct {
	role  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	said  chan answer
}

// order is what a process is told to do.
type order struct {
	Do   string        // one of its role's
	For  time.Duration // for so long
	Rate float64       // so many a second
	KV   bool          // by the means of JetStream's client, and not by way of a Book
}

// answer is what it says to that; each order fills its own fields.
type answer struct {
	Err     string    `json:",omitempty"`
	URL     string    `json:",omitempty"` // of a server
	CPU     float64   `json:",omitempty"` // seconds, since the process began
	Count   int       `json:",omitempty"`
	Ours    []float64 `json:",omitempty"` // delays in milliseconds
	KV      []float64 `json:",omitempty"`
	Bare    []float64 `json:",omitempty"`
	Heap    []float64 `json:",omitempty"` // in use, in bytes
	State   string    `json:",omitempty"` // of a Book
	Known   int       `json:",omitempty"`
	Digest  string    `json:",omitempty"` // of all its values
	InMsgs  uint64    `json:",omitempty"`
	InBytes uint64    `json:",omitempty"`
	Record  int       `json:",omitempty"` // bytes of a record
}

// crew is the processes of one measurement.
type crew struct{ ps []*process }

// start starts this program in a role, and waits until it is ready. What it says
// then is returned.
func (c *crew) start(ctx context.Context, role string, args ...string) (*process, answer, error) {
	p := &process{role: role, said: make(chan answer, 1)}
	p.cmd = exec.Command(os.Args[0], append([]string{roleFlag, "-role", role}, args...)...) //nolint:gosec,noctx // it is this program, and ends with its pipe
	p.cmd.Stderr = os.Stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, answer{}, fmt.Errorf("%s: %w", role, err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, answer{}, fmt.Errorf("%s: %w", role, err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, answer{}, fmt.Errorf("%s: %w", role, err)
	}
	c.ps = append(c.ps, p)
	go p.listen(out)
	a, err := p.wait(ctx)
	return p, a, err
}

// listen passes on what the process says until it ends.
func (p *process) listen(out io.Reader) {
	defer close(p.said)
	for d := json.NewDecoder(out); ; {
		var a answer
		if d.Decode(&a) != nil {
			return
		}
		p.said <- a
	}
}

func (p *process) wait(ctx context.Context) (answer, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	case <-late.C:
		return answer{}, fmt.Errorf("%s: no answer in %v", p.role, patience)
	case a, ok := <-p.said:
		switch {
		case !ok:
			return answer{}, fmt.Errorf("%s: the process has ended", p.role)
		case a.Err != "":
			return a, fmt.Errorf("%s: %s", p.role, a.Err)
		}
		return a, nil
	}
}

// ask has the process do something, and returns its answer.
func (p *process) ask(ctx context.Context, o order) (answer, error) {
	if err := json.NewEncoder(p.stdin).Encode(o); err != nil {
		return answer{}, fmt.Errorf("%s: %w", p.role, err)
	}
	return p.wait(ctx)
}

// kill ends the process as a power cut does, and waits for that.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	for range p.said { // to the end of what it said
	}
	_ = p.cmd.Wait()
}

// end ends all that are left, the last started first.
func (c *crew) end() {
	for i := len(c.ps) - 1; i >= 0; i-- {
		p := c.ps[i]
		_ = p.stdin.Close()
		late := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
		for range p.said {
		}
		_ = p.cmd.Wait()
		late.Stop()
	}
}
