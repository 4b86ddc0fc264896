package realtime

import (
	"bufio"
	"net"
	"net/http"
	"sync"
)

// coalescing hands out, when hijacked, a connection that can gather writes. A
// WebSocket library writes every message to the network by itself; a busy room's
// messages come in bunches, and a bunch should be one write.
type coalescing struct {
	http.ResponseWriter
	conn *gatheringConn
}

// Hijack implements http.Hijacker.
func (c *coalescing) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	c.conn = &gatheringConn{Conn: conn}
	rw.Writer.Reset(c.conn)
	return c.conn, rw, nil
}

// gatheringConn is a connection whose writes can be held back and sent together.
type gatheringConn struct {
	net.Conn

	mu        sync.Mutex
	gathering bool
	buffer    []byte
}

// gathered is how many bytes are held back at most.
const gathered = 64 << 10

// Write sends, or holds back while gathering.
func (c *gatheringConn) Write(data []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gathering {
		return c.Conn.Write(data)
	}
	c.buffer = append(c.buffer, data...)
	if len(c.buffer) < gathered {
		return len(data), nil
	}
	return len(data), c.send()
}

// gather holds writes back until flush.
func (c *gatheringConn) gather() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathering = true
}

// flush sends what was held back, and goes on sending at once.
func (c *gatheringConn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathering = false
	return c.send()
}

func (c *gatheringConn) send() error {
	if len(c.buffer) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.buffer)
	c.buffer = c.buffer[:0]
	if cap(c.buffer) > gathered {
		c.buffer = nil // an idle socket keeps nothing
	}
	return err
}
