// The cmdlets that the stand-in knows, with the page of each and its parameters as documented there (Windows Server 2022,
// PowerShell 5.1). `!` marks what is required. A parameter in brackets is documented, and not carried out here.
import { PowershellError } from './errors.mjs';

const hyperV = (name) => `https://learn.microsoft.com/powershell/module/hyper-v/${name}?view=windowsserver2022-ps`;
const utility = (name) =>
  `https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/${name}?view=powershell-5.1`;
const management = (name) =>
  `https://learn.microsoft.com/powershell/module/microsoft.powershell.management/${name}?view=powershell-5.1`;

const remote = '[CimSession:Object] [ComputerName:String] [Credential:Object]';
const drive = 'Path:String [DiskNumber:Int] [ResourcePoolName:String] [SupportPersistentReservations:Switch]';
const onOff = ['On', 'Off'];
const bootDevices = ['CD', 'IDE', 'LegacyNetworkAdapter', 'Floppy'];

export const cmdlets = {
  'New-VM': {
    page: hyperV('new-vm'),
    parameters: `Name:String MemoryStartupBytes:Int [BootDevice:String] NoVHD:Switch [SwitchName:String] Path:String [Version:Object] [Prerelease:Switch] Generation:Int [Force:Switch] [AsJob:Switch] [NewVHDPath:String] [NewVHDSizeBytes:Int] [VHDPath:String] ${remote}`,
  },
  'Remove-VMNetworkAdapter': {
    page: hyperV('remove-vmnetworkadapter'),
    parameters: `VMName!:String [Name:String] [Passthru:Switch] [ManagementOS:Switch] [SwitchName:String] ${remote}`,
  },
  'Set-VM': {
    page: hyperV('set-vm'),
    parameters: `Name!:String ProcessorCount:Int StaticMemory:Switch CheckpointType:String AutomaticStartAction:String AutomaticStopAction:String [DynamicMemory:Switch] [MemoryMinimumBytes:Int] [MemoryMaximumBytes:Int] [MemoryStartupBytes:Int] [GuestControlledCacheTypes:Object] [LowMemoryMappedIoSpace:Int] [HighMemoryMappedIoSpace:Int] [AutomaticStartDelay:Int] [AutomaticCriticalErrorAction:String] [AutomaticCriticalErrorActionTimeout:Int] [AutomaticCheckpointsEnabled:Object] [LockOnDisconnect:String] [Notes:String] [NewVMName:String] [SnapshotFileLocation:String] [SmartPagingFilePath:String] [Passthru:Switch] [AllowUnverifiedPaths:Switch] ${remote}`,
    values: {
      CheckpointType: ['Disabled', 'Production', 'ProductionOnly', 'Standard'],
      AutomaticStartAction: ['Nothing', 'StartIfRunning', 'Start'],
      AutomaticStopAction: ['TurnOff', 'Save', 'ShutDown'],
    },
  },
  'Remove-VMDvdDrive': {
    page: hyperV('remove-vmdvddrive'),
    parameters: `VMName!:String ControllerNumber!:Int ControllerLocation!:Int [Passthru:Switch] ${remote}`,
  },
  'Add-VMHardDiskDrive': {
    page: hyperV('add-vmharddiskdrive'),
    parameters: `VMName!:String ControllerType:String ControllerNumber:Int ControllerLocation:Int ${drive} [AllowUnverifiedPaths:Switch] [MaximumIOPS:Int] [MinimumIOPS:Int] [QoSPolicyID:String] [QoSPolicy:Object] [Passthru:Switch] [OverrideCacheAttributes:String] ${remote}`,
    values: { ControllerType: ['IDE', 'SCSI'] },
  },
  'Get-VMHardDiskDrive': {
    page: hyperV('get-vmharddiskdrive'),
    parameters: `VMName!:String ControllerLocation:Int ControllerNumber:Int ControllerType:String ${remote}`,
    values: { ControllerType: ['IDE', 'SCSI'] },
  },
  'Set-VMBios': {
    page: hyperV('set-vmbios'),
    parameters: `VMName!:String [DisableNumLock:Switch] [EnableNumLock:Switch] StartupOrder:Strings [Passthru:Switch] ${remote}`,
    values: { StartupOrder: bootDevices },
  },
  'Set-VMFirmware': {
    page: hyperV('set-vmfirmware'),
    parameters: `VMName!:String BootOrder:Object [FirstBootDevice:Object] EnableSecureBoot:String [SecureBootTemplate:String] [SecureBootTemplateId:Object] [PreferredNetworkBootProtocol:String] [ConsoleMode:String] [PauseAfterBootFailure:String] [Passthru:Switch] ${remote}`,
    values: { EnableSecureBoot: onOff },
  },
  'Set-VMComPort': {
    page: hyperV('set-vmcomport'),
    parameters: `VMName!:String Number!:Int Path:String [DebuggerMode:String] [Passthru:Switch] ${remote}`,
  },
  'Start-VM': { page: hyperV('start-vm'), parameters: `Name!:String [AsJob:Switch] [Passthru:Switch] ${remote}` },
  'Stop-VM': {
    page: hyperV('stop-vm'),
    parameters: `Name!:String [Save:Switch] TurnOff:Switch Force:Switch [AsJob:Switch] [Passthru:Switch] ${remote}`,
  },
  'Remove-VM': {
    page: hyperV('remove-vm'),
    parameters: `Name!:String Force:Switch [AsJob:Switch] [Passthru:Switch] ${remote}`,
  },
  'Get-VM': { page: hyperV('get-vm'), parameters: `Name:String [Id:Object] [ClusterObject:Object] ${remote}` },
  'Get-VMHost': { page: hyperV('get-vmhost'), parameters: remote },
  'Get-VMHostSupportedVersion': { page: hyperV('get-vmhostsupportedversion'), parameters: `Default:Switch ${remote}` },
  'Get-FileHash': {
    page: utility('get-filehash'),
    parameters: 'LiteralPath:String Algorithm:String [Path:Strings] [InputStream:Object]',
    values: { Algorithm: ['SHA1', 'SHA256', 'SHA384', 'SHA512', 'MACTripleDES', 'MD5', 'RIPEMD160'] },
  },
  'Get-Location': {
    page: management('get-location'),
    parameters: '[PSProvider:Strings] [PSDrive:Strings] [Stack:Switch] [StackName:Strings]',
  },
  'Remove-Item': {
    page: management('remove-item'),
    parameters:
      'LiteralPath:String Recurse:Switch Force:Switch [Path:Strings] [Filter:String] [Include:Strings] [Exclude:Strings] [Credential:Object] [Stream:Strings]',
  },
  'Select-Object': {
    page: utility('select-object'),
    parameters:
      'Property:Strings InputObject:Object [ExcludeProperty:Strings] [ExpandProperty:String] [Unique:Switch] [Last:Int] [First:Int] [Skip:Int] [SkipLast:Int] [Wait:Switch] [Index:Int]',
  },
  'ConvertTo-Json': { page: utility('convertto-json'), parameters: 'InputObject!:Object [Depth:Int] Compress:Switch' },
};

/** about_CommonParameters, as far as they can stand in a line without variables. */
const common =
  'ErrorAction:String [WarningAction:String] [Debug:Switch] [Verbose:Switch] [WhatIf:Switch] [Confirm:Switch]';
const commonValues = { ErrorAction: ['Stop', 'SilentlyContinue', 'Continue', 'Ignore'] };

/** Checks a call's parameters; answers with plain values by name. */
export function bind(cmdlet, given) {
  if (!Object.hasOwn(cmdlets, cmdlet)) throw unknownCmdlet(cmdlet);
  const { parameters, values = {} } = cmdlets[cmdlet];
  const known = new Map(`${parameters} ${common}`.split(' ').map(readParameter));
  const bound = {};
  for (const [name, value] of given) {
    const parameter = known.get(name);
    if (parameter === undefined)
      throw refused('NamedParameterNotFound', `A parameter cannot be found that matches parameter name '${name}'.`);
    if (!parameter.isCarriedOut)
      throw refused('NotImplemented', `The stand-in does not carry out -${name} of ${cmdlet}.`);
    bound[name] = plain(name, value, parameter.type);
    const allowed = { ...values, ...commonValues }[name];
    const unfit = allowed && [bound[name]].flat().find((text) => !allowed.includes(text));
    if (unfit !== undefined)
      throw refused(
        'CannotConvertArgumentNoMessage',
        `Cannot bind parameter '${name}'. Cannot convert value "${unfit}"; use one of: ${allowed.join(', ')}.`,
      );
  }
  for (const [name, { isRequired }] of known) {
    if (isRequired && !given.has(name))
      throw refused(
        'MissingMandatoryParameter',
        `Cannot process command because of one or more missing mandatory parameters: ${name}.`,
      );
  }
  return bound;
}

function readParameter(word) {
  const [, open, name, required, type] = /^(\[?)([A-Za-z]+)(!?):([A-Za-z]+)\]?$/.exec(word);
  return [name, { isCarriedOut: open === '', isRequired: required === '!', type }];
}

function plain(name, value, type) {
  const fits = {
    Switch: value.kind === 'switch',
    Int: value.kind === 'number',
    String: value.kind === 'text',
    Strings: value.kind === 'text' || value.kind === 'list',
    Object: value.kind === 'object',
  };
  if (!fits[type])
    throw refused(
      'CannotConvertArgument',
      `Cannot bind parameter '${name}': a value of type ${type} is needed, not a ${value.kind}.`,
    );
  if (value.kind === 'switch') return true;
  if (value.kind === 'list') return value.texts;
  if (type === 'Strings') return [value.text];
  return value.number ?? value.text ?? value.object;
}

function unknownCmdlet(cmdlet) {
  const sentence = `The term '${cmdlet}' is not recognized as the name of a cmdlet, function, script file, or operable program.`;
  return new PowershellError('ObjectNotFound', 'CommandNotFoundException', sentence, { terminates: true, ownId: true });
}

function refused(id, sentence) {
  return new PowershellError('InvalidArgument', id, sentence, { terminates: true });
}
