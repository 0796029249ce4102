using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Serva.Diagnostics.Tests.Conventions;

/// <summary>One place in the library's IL that uses a type or a member.</summary>
/// <param name="From">The member that uses it.</param>
/// <param name="Document">The source file of that member, below the project's folder; null for code that no file of ours holds.</param>
/// <param name="ToType">The type that is used.</param>
/// <param name="ToMember">The member that is used; null when it is the type alone.</param>
/// <param name="ToDocument">The source file of the used type when it is one of ours.</param>
internal sealed record Use(string From, string? Document, string ToType, string? ToMember, string? ToDocument);

/// <summary>
/// Reads from the library's IL who uses what, and from the portable PDB in which source file each of them stands:
/// signatures, fields, base types, attributes and method bodies.
/// </summary>
internal sealed class AssemblyUses
{
    private const string ProjectFolder = "/src/Serva.Diagnostics/";
    private static readonly Guid s_typeDefinitionDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");
    private static readonly Dictionary<int, OperandType> s_operands = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value, code => code.OperandType);

    private readonly PEReader _image;
    private readonly MetadataReader _metadata;
    private readonly MetadataReader _symbols;
    private readonly Dictionary<TypeDefinitionHandle, string?> _typeDocuments = [];
    private readonly HashSet<Use> _uses = [];
    private string _from = "";
    private string? _document;

    private AssemblyUses(PEReader image, MetadataReader symbols)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
        _symbols = symbols;
    }

    /// <summary>Types that stand in no source file of ours.</summary>
    public List<string> WithoutDocument { get; } = [];

    /// <summary>Types whose parts stand in several rooms.</summary>
    public List<string> InSeveralRooms { get; } = [];

    public IReadOnlyCollection<Use> Uses => _uses;

    public static AssemblyUses Read(string assemblyPath)
    {
        using var image = new PEReader(File.OpenRead(assemblyPath));
        using MetadataReaderProvider symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assemblyPath, ".pdb")));
        var uses = new AssemblyUses(image, symbols.GetMetadataReader());
        uses.ReadDocuments();
        foreach (TypeDefinitionHandle type in uses._metadata.TypeDefinitions)
            uses.ReadType(type);
        return uses;
    }

    /// <summary>The room of a source file: its first folder, or the root.</summary>
    public static string RoomOf(string document) => document.Contains('/') ? document[..document.IndexOf('/')] : "root";

    private void ReadDocuments()
    {
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            if (!_metadata.GetTypeDefinition(handle).GetDeclaringType().IsNil)
                continue;
            string[] documents = [.. DocumentsOf(handle).Distinct().Order(StringComparer.Ordinal)];
            _typeDocuments[handle] = documents.FirstOrDefault();
            if (documents.Length == 0)
                WithoutDocument.Add(FullName(handle));
            if (documents.Select(RoomOf).Distinct().Count() > 1)
                InSeveralRooms.Add($"{FullName(handle)}: {string.Join(", ", documents)}");
        }
    }

    private IEnumerable<string> DocumentsOf(TypeDefinitionHandle handle)
    {
        foreach (CustomDebugInformationHandle info in _symbols.GetCustomDebugInformation(handle))
        {
            CustomDebugInformation debug = _symbols.GetCustomDebugInformation(info);
            if (_symbols.GetGuid(debug.Kind) != s_typeDefinitionDocuments)
                continue;
            BlobReader blob = _symbols.GetBlobReader(debug.Value);
            while (blob.RemainingBytes > 0)
            {
                if (Relative(MetadataTokens.DocumentHandle(blob.ReadCompressedInteger())) is { } document)
                    yield return document;
            }
        }

        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        foreach (string document in type.GetMethods().Select(DocumentOf).OfType<string>().Concat(type.GetNestedTypes().SelectMany(DocumentsOf)))
            yield return document;
    }

    private string? DocumentOf(MethodDefinitionHandle method)
    {
        MethodDebugInformation debug = _symbols.GetMethodDebugInformation(method);
        DocumentHandle document = debug.Document;
        if (document.IsNil)
            document = debug.GetSequencePoints().Select(point => point.Document).FirstOrDefault(d => !d.IsNil);
        return document.IsNil ? null : Relative(document);
    }

    private string? Relative(DocumentHandle handle)
    {
        string path = _symbols.GetString(_symbols.GetDocument(handle).Name).Replace('\\', '/');
        int start = path.LastIndexOf(ProjectFolder, StringComparison.Ordinal);
        return start < 0 || path.EndsWith(".g.cs", StringComparison.Ordinal) || path.Contains("/obj/", StringComparison.Ordinal)
            ? null
            : path[(start + ProjectFolder.Length)..];
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        string name = FullName(handle);
        string? typeDocument = _typeDocuments[Outermost(handle)];
        (_from, _document) = (name, typeDocument);
        UseToken(type.BaseType);
        foreach (InterfaceImplementationHandle implemented in type.GetInterfaceImplementations())
            UseToken(_metadata.GetInterfaceImplementation(implemented).Interface);
        UseAttributes(type.GetCustomAttributes());
        UseConstraints(type.GetGenericParameters());
        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            FieldDefinition definition = _metadata.GetFieldDefinition(field);
            (_from, _document) = ($"{name}.{_metadata.GetString(definition.Name)}", typeDocument);
            definition.DecodeSignature(new Collector(this), null);
            UseAttributes(definition.GetCustomAttributes());
        }

        foreach (PropertyDefinitionHandle property in type.GetProperties())
        {
            PropertyDefinition definition = _metadata.GetPropertyDefinition(property);
            (_from, _document) = ($"{name}.{_metadata.GetString(definition.Name)}", typeDocument);
            UseAttributes(definition.GetCustomAttributes());
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
            ReadMethod(method, name, typeDocument);
    }

    private void ReadMethod(MethodDefinitionHandle handle, string typeName, string? typeDocument)
    {
        MethodDefinition method = _metadata.GetMethodDefinition(handle);
        (_from, _document) = ($"{typeName}.{_metadata.GetString(method.Name)}", DocumentOf(handle) ?? typeDocument);
        method.DecodeSignature(new Collector(this), null);
        UseAttributes(method.GetCustomAttributes());
        UseConstraints(method.GetGenericParameters());
        if (method.RelativeVirtualAddress == 0)
            return;
        MethodBodyBlock body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(new Collector(this), null);
        foreach (ExceptionRegion region in body.ExceptionRegions)
            UseToken(region.CatchType);
        ReadInstructions(body.GetILReader());
    }

    private void ReadInstructions(BlobReader il)
    {
        while (il.RemainingBytes > 0)
        {
            int code = il.ReadByte();
            if (code == 0xfe)
                code = 0xfe00 | il.ReadByte();
            switch (s_operands[code])
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    il.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    il.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    il.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    // Read first: a compound assignment would take the offset before the count was read.
                    int targets = il.ReadInt32();
                    il.Offset += 4 * targets;
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType or OperandType.InlineSig:
                    UseToken((EntityHandle)MetadataTokens.Handle(il.ReadInt32()));
                    break;
                default:
                    il.Offset += 4;
                    break;
            }
        }
    }

    private void UseToken(EntityHandle handle)
    {
        if (handle.IsNil)
            return;
        var collector = new Collector(this);
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                AddOurs((TypeDefinitionHandle)handle, member: null);
                break;
            case HandleKind.TypeReference:
                Add(FullName((TypeReferenceHandle)handle), null, null);
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(collector, null);
                break;
            case HandleKind.MethodDefinition:
                MethodDefinition method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                AddOurs(method.GetDeclaringType(), _metadata.GetString(method.Name));
                break;
            case HandleKind.FieldDefinition:
                FieldDefinition field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                AddOurs(field.GetDeclaringType(), _metadata.GetString(field.Name));
                break;
            case HandleKind.MemberReference:
                UseMember(_metadata.GetMemberReference((MemberReferenceHandle)handle), collector);
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                specification.DecodeSignature(collector, null);
                UseToken(specification.Method);
                break;
            case HandleKind.StandaloneSignature:
                break;
            default:
                throw new NotSupportedException($"{_from} uses a {handle.Kind}.");
        }
    }

    private void UseMember(MemberReference member, Collector collector)
    {
        UseToken(member.Parent);
        if (member.Parent.Kind == HandleKind.TypeReference)
            Add(FullName((TypeReferenceHandle)member.Parent), _metadata.GetString(member.Name), null);
        if (member.GetKind() == MemberReferenceKind.Field)
            member.DecodeFieldSignature(collector, null);
        else
            member.DecodeMethodSignature(collector, null);
    }

    private void UseAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle attribute in attributes)
            UseToken(_metadata.GetCustomAttribute(attribute).Constructor);
    }

    private void UseConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in _metadata.GetGenericParameter(parameter).GetConstraints())
                UseToken(_metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void AddOurs(TypeDefinitionHandle handle, string? member) => Add(FullName(handle), member, _typeDocuments[Outermost(handle)]);

    private void Add(string type, string? member, string? document) => _uses.Add(new Use(_from, _document, type, member, document));

    private TypeDefinitionHandle Outermost(TypeDefinitionHandle handle)
    {
        while (_metadata.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } declaring)
            handle = declaring;
        return handle;
    }

    private string FullName(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        string name = _metadata.GetString(type.Name);
        if (type.GetDeclaringType() is { IsNil: false } declaring)
            return $"{FullName(declaring)}.{name}";
        return type.Namespace.IsNil ? name : $"{_metadata.GetString(type.Namespace)}.{name}";
    }

    private string FullName(TypeReferenceHandle handle)
    {
        TypeReference type = _metadata.GetTypeReference(handle);
        string name = _metadata.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
            return $"{FullName((TypeReferenceHandle)type.ResolutionScope)}.{name}";
        return type.Namespace.IsNil ? name : $"{_metadata.GetString(type.Namespace)}.{name}";
    }

    /// <summary>Adds every type that a signature names.</summary>
    private sealed class Collector(AssemblyUses uses) : ISignatureTypeProvider<int, object?>
    {
        public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            uses.AddOurs(handle, member: null);
            return 0;
        }

        public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            uses.Add(uses.FullName(handle), null, null);
            return 0;
        }

        public int GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public int GetArrayType(int elementType, ArrayShape shape) => 0;

        public int GetByReferenceType(int elementType) => 0;

        public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

        public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

        public int GetGenericMethodParameter(object? genericContext, int index) => 0;

        public int GetGenericTypeParameter(object? genericContext, int index) => 0;

        public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

        public int GetPinnedType(int elementType) => 0;

        public int GetPointerType(int elementType) => 0;

        public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        public int GetSZArrayType(int elementType) => 0;
    }
}
