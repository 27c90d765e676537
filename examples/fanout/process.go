package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
)

// process is one that this program has started. It is for one goroutine.
type process struct {
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	last   stand  // that it told last
	said   string // for people, last
	killed bool
	exited bool
}

// heard is what came from a process: an event, or that it has ended.
type heard struct {
	from  *process
	event event
	ended bool
	err   error // how it ended
}

// start starts this program in a role. All that it says goes to the channel, in its
// order, its end last; somebody must read until then.
func (o *options) start(name, role string, to chan<- heard, more ...string) (*process, error) {
	args := append(o.self[1:len(o.self):len(o.self)], "-role", role, "-child", "-id", name, "-nats", o.nats,
		"-creds", o.creds, "-bucket", o.bucket, "-replicas", fmt.Sprint(o.replicas))
	p := &process{name: name, cmd: exec.Command(o.self[0], append(args, more...)...)} //nolint:gosec,noctx // it is this program, and ends with its pipe
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	errs, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go p.listen(out, errs, to)
	return p, nil
}

// listen passes on what the process says, and then how it ended.
func (p *process) listen(out, errs io.Reader, to chan<- heard) {
	var wg sync.WaitGroup
	wg.Go(func() {
		lines := bufio.NewScanner(errs)
		for lines.Scan() {
			to <- heard{from: p, event: event{Log: lines.Text()}}
		}
		_, _ = io.Copy(io.Discard, errs) // after a line that is too long
	})
	wg.Go(func() {
		events := json.NewDecoder(out)
		for {
			var e event
			if events.Decode(&e) != nil {
				break // it has ended, perhaps within a line
			}
			to <- heard{from: p, event: e}
		}
		_, _ = io.Copy(io.Discard, out)
	})
	wg.Wait()
	to <- heard{from: p, ended: true, err: p.cmd.Wait()}
}

// ask has the process tell its Book.
func (p *process) ask() { _, _ = io.WriteString(p.stdin, bookLine+"\n") } // if it has ended, that is heard

// end has the process end as it does when its user ends it.
func (p *process) end() { _ = p.stdin.Close() }

// kill ends it as a power cut does.
func (p *process) kill() {
	p.killed = true
	_ = p.cmd.Process.Kill()
}

func (p *process) pid() int { return p.cmd.Process.Pid }
