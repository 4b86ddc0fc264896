package google

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is an emulator's process, which leads a process group of its own.
type process struct {
	group  int
	output tail
	ended  chan struct{} // closed when the leader is gone
}

// start runs a command in its own process group. On Linux the kernel kills it when
// this process ends, however that comes about.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	cmd.SysProcAttr = attributes()
	started := make(chan error)
	go func() {
		// For the kernel the parent is the thread that forked. This one belongs to
		// this goroutine alone, and so lives until the child has ended.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // what it says is in the output
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	p.group = cmd.Process.Pid
	return p, nil
}

// grace is how long an emulator has for ending itself.
const grace = 5 * time.Second

// stop ends the group, and returns when nothing of it is left.
func (p *process) stop() error {
	select {
	case <-p.ended:
		return nil // also keeps from signalling a group that got the same number later
	default:
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := syscall.Kill(-p.group, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop process group %d: %w", p.group, err)
		}
		for deadline := time.Now().Add(grace); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if errors.Is(syscall.Kill(-p.group, 0), syscall.ESRCH) {
				<-p.ended
				return nil
			}
		}
	}
	return fmt.Errorf("process group %d is still there after being killed", p.group)
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 8 << 10 // bytes

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if extra := len(t.text) - tailSize; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(b), nil
}

// String gives what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
