package firestore

import (
	"strings"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// fields are a document's, or a map's.
type fields = map[string]*pb.Value

// root is the parent of the collections at the top.
func (c *Client) root() string { return c.database + "/documents" }

// name is the resource name of the document, or the parent of collections, at a path.
func (c *Client) name(path ...string) string {
	return c.root() + "/" + strings.Join(path, "/")
}

// idEscapes writes what an id of a document cannot hold.
var idEscapes = strings.NewReplacer("%", "%25", "/", "%2F")

// documentID gives a document an id that stands for any text, and for no other.
// Firestore takes no empty ids, no slashes, neither . nor .. and nothing that
// begins with two underscores (and ends with them).
func documentID(text string) string {
	escaped := idEscapes.Replace(text)
	switch {
	case text == "":
		return "%"
	case text[0] == '.':
		return "%2E" + escaped[1:]
	case text[0] == '_':
		return "%5F" + escaped[1:]
	default:
		return escaped
	}
}

func textValue(s string) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_StringValue{StringValue: s}}
}

func wholeValue(n int64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: n}}
}

func timeValue(t time.Time) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamppb.New(t)}}
}

func bytesValue(data []byte) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_BytesValue{BytesValue: data}}
}

func mapValue(f fields) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_MapValue{MapValue: &pb.MapValue{Fields: f}}}
}

func arrayValue(values []*pb.Value) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: values}}}
}

// put writes a document whole, on a condition; nil is none.
func put(name string, f fields, condition *pb.Precondition) *pb.Write {
	return &pb.Write{
		Operation:       &pb.Write_Update{Update: &pb.Document{Name: name, Fields: f}},
		CurrentDocument: condition,
	}
}

// remove deletes a document, if it is there.
func remove(name string) *pb.Write {
	return &pb.Write{Operation: &pb.Write_Delete{Delete: name}}
}

// exists is the condition that a document is there, or that there is none.
func exists(is bool) *pb.Precondition {
	return &pb.Precondition{ConditionType: &pb.Precondition_Exists{Exists: is}}
}

// unchanged is the condition that a document was last changed at a time.
func unchanged(since *timestamppb.Timestamp) *pb.Precondition {
	return &pb.Precondition{ConditionType: &pb.Precondition_UpdateTime{UpdateTime: since}}
}
